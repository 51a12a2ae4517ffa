"""`[watch]`: what it says, and one sentence for every mistake."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from bot.config import load
from tools.core.errors import ConfigError
from tools.core.query import Filter, Op
from tools.watch.settings import DigestSettings, WatchSettings

WHOLE = """
[watch]
zone = "Europe/Berlin"
operators = "C0OPS"
incidents = "C0INCIDENTS"
fallback = "C0FINOPS"
quiet = ["20", "07:30"]
thresholds = [80, 100]
severe = 500
on_call = ["S0ONCALL00", "U0ADAPARK0"]
pagerduty = "PABC123"
escalate_after = 5
ingest = 0
needs = true

[[watch.digests]]
channel = "C0MLRESRCH"
scope = ["team=ml", "env=prod"]
daily = 08:15:00
weekly = "9"
monthly = true

[[watch.digests]]
channel = "C0FINOPS"
daily = "none"
"""


def watch(home: Path, text: str) -> WatchSettings:
    (home / "purser.toml").write_text(text, encoding="utf-8")
    return load(home, environ={}).watch


def test_without_a_section_nothing_is_said(tmp_path):
    found = watch(tmp_path, "")
    assert found == WatchSettings()
    assert not found.is_on


def test_everything_can_be_set(tmp_path):
    found = watch(tmp_path, WHOLE)
    assert found.is_on
    assert found == WatchSettings(
        zone="Europe/Berlin",
        operators="C0OPS",
        incidents="C0INCIDENTS",
        fallback="C0FINOPS",
        quiet=(time(20), time(7, 30)),
        thresholds=(80, 100),
        severe=500,
        on_call=("S0ONCALL00", "U0ADAPARK0"),
        pagerduty=("PABC123",),
        escalate_after=5,
        ingest=0,
        needs=True,
        digests=(
            DigestSettings(
                channel="C0MLRESRCH",
                scope=(Filter("team", Op.IS, ("ml",)), Filter("env", Op.IS, ("prod",))),
                daily=time(8, 15),
                weekly=time(9),
                monthly=True,
            ),
            DigestSettings(channel="C0FINOPS", daily=None),
        ),
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('zone = "Berlin"', "[watch] zone: “Berlin” is no time zone such as Europe/Berlin."),
        (
            'operators = "#ops"',
            "[watch] operators: “#ops” is no channel id such as C0123456789; "
            "the end of the channel’s details in Slack shows it.",
        ),
        ('on_call = "ada"', "[watch] on_call: “ada” is no user or group id."),
        *(
            (
                f'pagerduty_url = "{url}"',
                "[watch] pagerduty_url must be https, or http on this machine; a key goes there.",
            )
            for url in ("http://pd.example.com", "http://localhost.example.com", "api", "http://[")
        ),
        ('pagerduty = "p 1"', "[watch] pagerduty: “p 1” is no escalation policy id."),
        ("thresholds = [90, 50]", "[watch] thresholds must ascend, such as [50, 75, 90, 100]."),
        ('quiet = "20:00"', "watch.quiet: input should be a valid list."),
        ('quiet = ["20:00"]', '[watch] quiet takes two hours, such as ["20:00", "07:00"].'),
        ('quiet = ["7pm", "8"]', "watch.quiet.0: input should be a valid time."),
        ("ingest = -5", "watch.ingest: input should be greater than or equal to 0."),
        ("opperators = 1", "[watch] has an unknown key `opperators`; did you mean `operators`?"),
        (
            '[[watch.digests]]\nchannel = "C0"\n',
            "[[watch.digests]] “C0”: “C0” is no channel id such as C0123456789; "
            "the end of the channel’s details in Slack shows it.",
        ),
        (
            '[[watch.digests]]\nchannel = "C01"\n[[watch.digests]]\nchannel = "C01"',
            "two [[watch.digests]] are for C01.",
        ),
        (
            '[[watch.digests]]\nchannel = "C01"\nscope = "tema=ml"',
            "[[watch.digests]] “C01” scope: “tema=ml”: ",
        ),
        (
            '[[watch.digests]]\nchannel = "C01"\ndayly = "9"',
            "[watch.digests.0] has an unknown key `dayly`; did you mean `daily`?",
        ),
    ],
)
def test_every_mistake_has_one_sentence(tmp_path, text, sentence):
    with pytest.raises(ConfigError) as caught:
        watch(tmp_path, f"[watch]\n{text}")
    assert caught.value.sentence.startswith(f"purser.toml: {sentence}")


def test_pagerduty_may_be_on_this_machine(tmp_path):
    text = '[watch]\npagerduty_url = "http://localhost:8080/"'
    assert watch(tmp_path, text).pagerduty_url == "http://localhost:8080"
