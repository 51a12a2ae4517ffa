"""An anomaly is judged in Slack, muted, and its thresholds chosen."""

from decimal import Decimal

import pytest

from bot.console.block_rules import problems
from bot.watch.alarm_words import alarms_message
from bot.watch.anomalies import chosen_sizes
from bot.watch.plans import outgoing
from tests.bot.gate_parts import ADA, BEN, Hall, hall, text
from tests.bot.watch.test_alert_story import send
from tests.test_anomalies import LAST
from tools.core.periods import DAY
from tools.ledger.anomalies import keep_known, known
from tools.ledger.feedback import Feedback
from tools.ledger.outbox import Outbox
from tools.watch.anomaly import Anomaly
from tools.watch.outgoing import Sort
from tools.watch.precision import Better, Precision
from tools.watch.settings import DigestSettings, WatchSettings
from tools.watch.unusual import Sensitivity

WATCH = WatchSettings(digests=(DigestSettings(channel="C0PLATFORM"),))


@pytest.fixture
def here(tmp_path):
    with hall(tmp_path, watch=WATCH) as made:
        yield made


def tell(here: Hall, count: int = 1) -> None:
    """So many anomalies are found and sent."""
    from bot.watch.anomaly_blocks import anomaly_message

    now, ledger = here.clock.now(), here.purser.ledger
    for n in range(count):
        anomaly = Anomaly(
            key={"team": "ml", "service": f"S{n}"},
            first_day=LAST - n * DAY,
            last_day=LAST - n * DAY,
            actual=Decimal(1100 + 100 * n),
            expected=Decimal(1000),
            currency="USD",
            score=7.0,
        )
        key = f"anomaly/{n}"
        message = anomaly_message(anomaly, key=key, as_of=now, now=now)
        post = outgoing(key, message, channel="C0PLATFORM", sort=Sort.ANOMALY)
        with ledger.begin() as connection:
            Outbox(ledger).put(connection, [post])
            kept = known(anomaly, channel="C0PLATFORM", message=key, at=now)
            keep_known(connection, [kept])
    send(here)


def press(here: Hall, who: str, label: str, message) -> None:
    [action] = [
        e["action_id"]
        for block in message.blocks
        if block["type"] == "actions"
        for e in block["elements"]
        if e["text"]["text"] == label
    ]
    here.workspace.press(who, message, action).wait(5)


def newest(here: Hall, says: str):
    def found():
        return [m for m in here.workspace.messages("#platform") if says in text(m)]

    return here.workspace.wait_for(found)[-1]


def test_it_is_judged_for_all_to_see_and_muted_and_unmuted(here):
    tell(here)
    press(here, "ada", "Not useful", newest(here, "more than usual"))
    press(here, "ben", "Real problem", newest(here, f"@{ADA}: not useful."))
    judged = newest(here, f"@{BEN}: real problem.")
    assert problems(list(judged.blocks)) == []
    assert [s.verdict for s in Feedback(here.purser.ledger).all()] == ["noise", "real"]
    press(here, "ada", "Mute anomalies here", judged)
    muted = newest(here, f"@{ADA} muted anomalies here.")
    assert "[Mute anomalies here]" not in text(muted)
    press(here, "ada", "Unmute", muted)
    assert "muted" not in text(newest(here, "[Mute anomalies here]"))


def test_thresholds_are_proposed_and_used(here):
    tell(here, 7)
    for message in here.workspace.messages("#platform"):
        press(here, "ada", "Not useful", message)
    here.workspace.wait_for(lambda: len(Feedback(here.purser.ledger).all()) == 7)
    here.ask("ben", "/purser", "alerts")
    told = here.told("ben", says="How alarms were judged")
    assert text(told).startswith(
        "How alarms were judged anomaly: 7 told, 7 judged, 0.0 % of them real problems "
        "(0 real, 0 expected, 7 not useful)."
    )
    assert "I propose to tell anomalies here only of more than $400.00 a day" in text(told)
    press(here, "ben", "Use these thresholds", told)
    assert text(here.told("ben", says="are told of")).startswith(
        "Anomalies here are told of more than $400.00 a day now."
    )
    assert chosen_sizes(here.purser, "C0PLATFORM") == {"absolute": 400.0}
    here.ask("ben", "/purser", "alerts")
    press(here, "ben", "Back to the usual ones", here.told("ben", says="as chosen"))
    here.told("ben", says="by the usual thresholds again")
    assert chosen_sizes(here.purser, "C0PLATFORM") == {}


def test_the_answer_whole():
    found = [
        Precision(channel="C0ML", sort="anomaly", sent=9, real=3, expected=1, noise=4),
        Precision(channel="C0ML", sort="budget alert", sent=2),
    ]
    offer = Better(chosen={"absolute": 240.0}, fewer=4, of=5, real=3)
    now = Sensitivity(score=6, relative=0.3, absolute=100)
    message = alarms_message(found, offer=offer, now=now)
    assert problems(list(message.blocks)) == []
    assert text(message) == (
        "How alarms were judged "
        "anomaly: 9 told, 8 judged, 37.5 % of them real problems "
        "(3 real, 1 expected, 4 not useful). "
        "budget alert: 2 told, 0 judged. "
        "I propose to tell anomalies here only of more than $240.00 a day: that would have spared "
        "you 4 of 5 that were no problem, and told all 3 real problems. "
        "Anomalies here are told of more than $100.00 a day and more than 30.0 % above the usual, "
        "as chosen. Buttons under each alarm say what it was; the last word counts. "
        "[Use these thresholds] [Back to the usual ones]"
    )
