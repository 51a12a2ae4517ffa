"""What people do reaches a real Bolt app over real HTTP, and what it answers is seen."""

from __future__ import annotations


def test_a_slash_command_is_answered_to_the_asker_alone(echoing):
    echoing.slash("ada", "#ml-research", "/cost", "last 7d").wait()
    (answer,) = echoing.wait_for(lambda: echoing.ephemerals("#ml-research", "ada"))
    assert answer.text == "You said last 7d"
    assert echoing.messages("#ml-research") == []
    assert echoing.ephemerals("#ml-research", "ben") == []


def test_share_takes_the_private_answer_away_and_posts_it_for_all(echoing):
    echoing.slash("ada", "#ml-research", "/cost", "x").wait()
    (answer,) = echoing.wait_for(lambda: echoing.ephemerals("#ml-research", "ada"))
    echoing.press("ada", answer, "share").wait()
    (shared,) = echoing.wait_for(lambda: echoing.messages("#ml-research"))
    assert shared.text == "<@U0ADAPARK0> shared it"
    assert echoing.ephemerals("#ml-research", "ada") == []


def test_a_mention_arrives_as_message_and_as_mention_and_is_answered_in_its_thread(echoing):
    said = echoing.post_as("ben", "#platform", "@Purser hello")
    (reply,) = echoing.wait_for(lambda: echoing.replies(said))
    assert reply.text == "Heard: <@U0PURSER00> hello"
    types = sorted(d.payload["event"]["type"] for d in echoing.deliveries)
    assert types == ["app_mention", "message"]
    ids = {d.payload["event_id"] for d in echoing.deliveries}
    assert len(ids) == 2


def test_a_direct_message_is_answered_there(echoing):
    echoing.post_as("ada", "ada", "hi")
    echoing.wait_for(lambda: [m for m in echoing.messages("ada") if m.text == "You wrote: hi"])


def test_a_mention_where_purser_is_no_member_reaches_nobody_and_says_so(echoing):
    echoing.post_as("ada", "#random", "@Purser hello")
    (told,) = echoing.ephemerals("#random", "ada")
    assert "not in this channel" in told.text
    assert echoing.deliveries == ()


def test_a_modal_opens_keeps_errors_and_closes_when_it_is_right(echoing):
    echoing.slash("ada", "#ml-research", "/cost", "x").wait()
    (answer,) = echoing.wait_for(lambda: echoing.ephemerals("#ml-research", "ada"))
    echoing.press("ada", answer, "save").wait()
    echoing.wait_for(lambda: echoing.modal("ada"))
    wrong = echoing.submit("ada", {"name": {"value": {"type": "plain_text_input", "value": "4"}}})
    assert wrong.wait().outcome == {"errors": {"name": "Letters only"}}
    assert echoing.modal("ada")
    right = echoing.submit(
        "ada", {"name": {"value": {"type": "plain_text_input", "value": "June"}}}
    )
    assert right.wait().outcome == {}
    assert echoing.modal("ada") is None
    echoing.wait_for(lambda: [m for m in echoing.messages("ada") if m.text == "Saved as June"])


def test_opening_the_home_publishes_it_for_that_person_only(echoing):
    echoing.open_home("chloe").wait()
    assert echoing.wait_for(lambda: echoing.home("chloe"))
    assert echoing.home("ada") is None
