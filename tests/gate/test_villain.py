"""The obedient villain, for a short while; `make test-gate` lets it loose for longer."""

from tests.gate import villain


def test_nothing_is_done_that_was_not_approved_as_shown():
    villain.rounds(7, seed=5)
    assert villain.tally["steps"] > 600
    assert villain.tally["executed"] > 4
    assert villain.tally["unapproved"] == 0
