"""`[people.channels]`: what it says, and one sentence for every mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.config import PeopleSettings, load
from tools.core.errors import ConfigError


def people(home: Path, text: str) -> PeopleSettings:
    (home / "purser.toml").write_text(text, encoding="utf-8")
    return load(home, environ={}).people


def test_without_a_section_no_team_has_a_channel(tmp_path):
    assert people(tmp_path, "") == PeopleSettings()


def test_channels_are_read(tmp_path):
    text = '[people.channels]\nml = "C0123456789"\n" Data Platform " = "G01"'
    assert people(tmp_path, text).channels == {"ml": "C0123456789", "Data Platform": "G01"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            '[people.channels]\nml = "#ml-research"',
            "purser.toml: [people.channels] ml: “#ml-research” is no channel id such as "
            "C0123456789; the end of the channel’s details in Slack shows it.",
        ),
        (
            '[people.channels]\nml = "U0ADAPARK0"',
            "purser.toml: [people.channels] ml: “U0ADAPARK0” is no channel id such as "
            "C0123456789; the end of the channel’s details in Slack shows it.",
        ),
        (
            '[people.channels]\nml = "C01"\nML = "C02"',
            "purser.toml: [people.channels] names the team “ML” twice.",
        ),
        (
            '[people.channels]\n" " = "C01"',
            "purser.toml: [people.channels] has a team without a name; "
            "write it in front of the sign.",
        ),
        (
            "[people]\nchanels = {}",
            "purser.toml: [people] has an unknown key `chanels`; did you mean `channels`?",
        ),
    ],
)
def test_every_mistake_has_one_sentence(tmp_path, text, sentence):
    with pytest.raises(ConfigError) as caught:
        people(tmp_path, text)
    assert caught.value.sentence == sentence
