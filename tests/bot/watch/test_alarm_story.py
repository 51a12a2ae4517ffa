"""An anomaly is judged in Slack, muted, and its thresholds chosen."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from bot.blocks import actions_block, button, plain_message
from bot.config import ScopeSettings
from bot.console.block_rules import problems
from bot.listeners.alarm_desk import UNSEEN_HERE
from bot.listeners.watch_desk import UNSEEN
from bot.watch.alarm_words import NOTHING, Chosen, alarms_message
from bot.watch.anomalies import chosen_sizes
from bot.watch.anomaly_blocks import JUDGE
from bot.watch.plans import outgoing
from tests.bot.gate_parts import ADA, BEN, CHLOE, Hall, hall, text
from tests.test_anomalies import LAST
from tests.watch.senders import send
from tools.core.conditions import read_conditions
from tools.core.periods import DAY
from tools.core.scope import Scope
from tools.ledger.accruals import keep_runaway
from tools.ledger.anomalies import keep_known, known
from tools.ledger.audit import Audit
from tools.ledger.feedback import Feedback, Verdict
from tools.ledger.outbox import Outbox
from tools.watch.accrual import Runaway, group_key
from tools.watch.anomaly import Anomaly
from tools.watch.outgoing import Sort
from tools.watch.precision import Better, Precision
from tools.watch.settings import DigestSettings, WatchSettings

JUDGED = json.dumps(
    actions_block([button("Real problem", f"{JUDGE}.{Verdict.REAL}", value="accrual/1")])
)
WATCH = WatchSettings(digests=(DigestSettings(channel="C0PLATFORM"),))


@pytest.fixture
def narrow(tmp_path):
    """Ben sees the web team's costs, Chloe those of ml; Ada sees everything."""
    seen = {BEN: Scope(read_conditions("team=web")), CHLOE: Scope(read_conditions("team=ml"))}
    ml = DigestSettings(channel="C0MLRESRCH", scope=read_conditions("team=ml"))
    watch = replace(WATCH, digests=(*WATCH.digests, ml))
    with hall(tmp_path, watch=watch, scope=ScopeSettings(users=seen)) as made:
        yield made


def tell(here: Hall, count: int = 1, *, channel: str = "C0PLATFORM", currency: str = "USD") -> None:
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
            currency=currency,
            score=7.0,
        )
        key = f"anomaly/{channel}/{n}"
        message = anomaly_message(anomaly, key=key, as_of=now, now=now)
        post = outgoing(key, message, channel=channel, sort=Sort.ANOMALY)
        with ledger.begin() as connection:
            Outbox(ledger).put(connection, [post])
            kept = known(anomaly, channel=channel, message=key, at=now)
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


def channels(message) -> list[str]:
    """Those that lines of a message are of."""
    [section] = message.blocks[0]["elements"]
    return [e["channel_id"] for e in section["elements"] if e["type"] == "channel"]


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
    again = here.told("ben", says="as chosen")
    assert "I propose" not in text(again)
    press(here, "ben", "Back to the usual ones", again)
    here.told("ben", says="by the usual thresholds again")
    assert chosen_sizes(here.purser, "C0PLATFORM") == {}


def test_a_threshold_has_the_currency_of_what_was_told(here):
    tell(here, 7, currency="EUR")
    for message in here.workspace.messages("#platform"):
        press(here, "ada", "Not useful", message)
    here.workspace.wait_for(lambda: len(Feedback(here.purser.ledger).all()) == 7)
    here.ask("ben", "/purser", "alerts")
    told = here.told("ben", says="How alarms were judged")
    assert "only of more than €400.00 a day" in text(told)
    press(here, "ben", "Use these thresholds", told)
    here.told("ben", says="Anomalies here are told of more than €400.00 a day now.")
    [entry] = Audit(here.purser.ledger).entries(subject="C0PLATFORM")
    assert (entry.event, entry.actor, entry.after) == ("thresholds", BEN, '{"absolute":400.0}')
    here.ask("ben", "/purser", "alerts")
    again = here.told("ben", says="as chosen")
    assert "Anomalies here are told of more than €400.00 a day, as chosen." in text(again)


def test_who_may_not_see_its_costs_neither_judges_nor_mutes_an_anomaly(narrow):
    tell(narrow)
    message = newest(narrow, "more than usual")
    for label in ("Not useful", "Mute anomalies here"):
        press(narrow, "ben", label, message)
        narrow.told("ben", says=UNSEEN)
    press(narrow, "chloe", "Real problem", message)
    judged = newest(narrow, f"@{CHLOE}: real problem.")
    assert "muted" not in text(judged)
    assert [s.person for s in Feedback(narrow.purser.ledger).all()] == [CHLOE]


def test_who_may_not_see_its_costs_does_not_judge_what_runs_away(narrow):
    ledger = narrow.purser.ledger
    team = read_conditions("team=ml")
    post = outgoing(
        "accrual/1", plain_message("About $98.00 an hour"), channel="C0PLATFORM", sort=Sort.ACCRUAL
    )
    kept = Runaway(group_key(team, "USD"), narrow.clock.now(), Decimal(98), "accrual/1", None)
    with ledger.begin() as connection:
        Outbox(ledger).put(connection, [replace(post, blocks=JUDGED)])
        keep_runaway(connection, kept)
    send(narrow)
    message = newest(narrow, "[Real problem]")
    press(narrow, "ben", "Real problem", message)
    narrow.told("ben", says=UNSEEN)
    press(narrow, "chloe", "Real problem", message)
    newest(narrow, f"@{CHLOE}: real problem.")


def test_alerts_shows_only_what_the_asker_may_see(narrow):
    tell(narrow)
    tell(narrow, channel="C0MLRESRCH")
    narrow.ask("ada", "/purser", "alerts", "#random")
    shown = narrow.told("ada", "#random", says="How alarms were judged")
    assert channels(shown) == ["C0MLRESRCH", "C0PLATFORM"]
    narrow.ask("chloe", "/purser", "alerts", "#random")
    shown = narrow.told("chloe", "#random", says="How alarms were judged")
    assert channels(shown) == ["C0MLRESRCH"]
    narrow.ask("chloe", "/purser", "alerts")
    narrow.told("chloe", says=UNSEEN_HERE)
    narrow.ask("ben", "/purser", "alerts", "#random")
    narrow.told("ben", "#random", says=NOTHING)


def test_who_may_not_see_a_channels_costs_sets_none_of_its_thresholds(narrow):
    tell(narrow, 7)
    for message in narrow.workspace.messages("#platform"):
        press(narrow, "ada", "Not useful", message)
    narrow.workspace.wait_for(lambda: len(Feedback(narrow.purser.ledger).all()) == 7)
    narrow.ask("ada", "/purser", "alerts")
    told = narrow.told("ada", says="How alarms were judged")
    press(narrow, "chloe", "Use these thresholds", told)
    narrow.told("chloe", says=UNSEEN)
    assert chosen_sizes(narrow.purser, "C0PLATFORM") == {}


def test_many_channels_are_told_as_far_as_they_fit():
    found = [
        *(Precision(channel=f"C0{n}", sort="anomaly", sent=n) for n in range(1, 40)),
        Precision(channel="U0ADAPARK0", sort="budget alert", sent=99),
    ]
    message = alarms_message(found, offer=None, now=None, names_channels=True)
    assert problems(list(message.blocks)) == []
    assert text(message).startswith(
        "How alarms were judged direct messages, budget alert: 99 told, 0 judged. "
    )
    assert channels(message)[:2] == ["C039", "C038"]
    assert "10 more are not shown." in text(message)


def test_the_answer_whole():
    found = [
        Precision(channel="C0ML", sort="anomaly", sent=9, real=3, expected=1, noise=4),
        Precision(channel="C0ML", sort="budget alert", sent=2),
    ]
    offer = Better(chosen={"absolute": 240.0}, fewer=4, of=5, real=3)
    now = Chosen({"absolute": 100.0, "relative": 0.3})
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
