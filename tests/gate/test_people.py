"""Who people are, where nobody can be asked."""

from tools.gate.people import Nobody


def test_where_slack_is_not_there_an_id_is_all_that_is_known_of_anybody():
    nobody = Nobody()
    assert (nobody.name("U0ADA"), nobody.find("ada@lumen.example")) == ("U0ADA", None)
    assert not nobody.is_member("U0ADA")
