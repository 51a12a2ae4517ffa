from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path

import pytest

from bot.commands.init import template
from bot.config import foreign_credentials, has_display, hide_tokens, load
from tools.core.dimensions import DEFAULT_DIMENSIONS
from tools.core.errors import ConfigError
from tools.core.query import Filter, Op
from tools.core.settings import Rate


def config(home: Path, text: str, **environ: str):
    (home / "purser.toml").write_text(text, encoding="utf-8")
    return load(home, environ=environ)


def refusal(home: Path, text: str, **environ: str) -> str:
    with pytest.raises(ConfigError) as caught:
        config(home, text, **environ)
    return caught.value.sentence


def test_without_a_file_the_defaults_hold(tmp_path):
    found = load(tmp_path, environ={})
    assert not found.has_file
    assert found.lake.dimensions == DEFAULT_DIMENSIONS
    assert found.slack.commands == {
        "cost": "/cost",
        "gpu": "/gpu",
        "budget": "/budget",
        "purser": "/purser",
    }


def test_what_init_writes_says_the_defaults(tmp_path):
    found = config(tmp_path, template())
    assert found.has_file
    assert found.lake.dimensions == DEFAULT_DIMENSIONS
    assert found.lake.sources == ()
    assert found.scope.guests is False


def test_every_commented_example_of_init_works_when_uncommented(tmp_path):
    lines = template().splitlines()
    example = [
        line.removeprefix("# ") if " = " in line or line.startswith("# [") else line
        for line in lines
    ]
    found = config(tmp_path, "\n".join(example))
    assert [s.name for s in found.lake.sources] == ["aws", "aws-bucket", "openai-api"]
    assert found.lake.currency.rates == (Rate("EUR", date(2026, 1, 1), Decimal("1.08")),)
    assert found.scope.channels["C0123456789"].filters == (Filter("team", Op.IS, ("ml",)),)
    assert len(found.scope.users["U0123456789"].filters) == 2
    assert found.lake.dimensions[0].rules[0].value == "research"
    assert found.ledger_url.startswith("postgresql")
    assert found.watch.pagerduty == ("PABCDEF",)
    assert found.watch.digests[0].weekly == time(9)


def test_home_comes_from_the_argument_then_the_environment(tmp_path):
    assert load(tmp_path, environ={"PURSER_HOME": "/elsewhere"}).home == tmp_path
    assert load(environ={"PURSER_HOME": str(tmp_path)}).home == tmp_path


def test_paths_of_sources_start_at_home(tmp_path):
    found = config(tmp_path, '[[sources]]\nname = "aws"\npath = "bills/aws"\n')
    assert found.lake.sources[0].path == tmp_path / "bills" / "aws"


def test_a_dimension_may_be_just_its_tags(tmp_path):
    found = config(tmp_path, '[dimensions]\nproduct = ["product", "app"]\n')
    assert found.lake.dimensions[-1].name == "product"
    assert found.lake.dimensions[-1].tags == ("product", "app")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            '[[sources]]\nname = "a"\npaht = "x"\n',
            "purser.toml: [sources.0] has an unknown key `paht`; did you mean `path`?",
        ),
        (
            "[sorces]\nx = 1\n",
            "purser.toml: has an unknown key `sorces`; did you mean `sources`?",
        ),
        (
            "[dimensions.team]\ntgas = []\n",
            "purser.toml: [dimensions.team] has an unknown key `tgas`; did you mean `tags`?",
        ),
        (
            "[slack]\napi_ulr = 'x'\n",
            "purser.toml: [slack] has an unknown key `api_ulr`; did you mean `api_url`?",
        ),
        (
            "[slack.commands]\ncots = '/x'\n",
            "purser.toml: [slack.commands] has an unknown key `cots`; did you mean `cost`?",
        ),
        (
            "[scope]\nguest = true\n",
            "purser.toml: [scope] has an unknown key `guest`; did you mean `guests`?",
        ),
        (
            "[dimensions.model]\ncolumns = ['modell']\n",
            "purser.toml: [dimensions.model] columns: unknown column `modell`; "
            "did you mean `model`?",
        ),
        (
            '[[sources]]\nname = "a"\n',
            "purser.toml: [[sources]] “a” needs one of path, s3 and kind.",
        ),
    ],
)
def test_an_unknown_key_names_the_nearest_known_one(tmp_path, text, sentence):
    assert refusal(tmp_path, text) == sentence


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("[slack]\napi_url = 'http://slack.example/api'\n", "must be https"),
        ("[slack]\napi_url = 'http://localhost.example/api'\n", "must be https"),
        ("[slack.commands]\ncost = 'cost'\n", "must look like “/cost”"),
        ("[slack.commands]\ncost = '/p'\npurser = '/p'\n", "names one command twice"),
        ("[[currency.rates]]\ncurrency='EUR'\nday=2026-01-01\nrate='1.1'\n", "no `report`"),
        ("[currency]\nreport = 'dollars'\n", "currency.report"),
        ("[scope.users]\nU1 = 'teem=ml'\n", "teem"),
        ("[scope.users]\nU1 = ''\n", "an empty condition would allow everything"),
        ("[scope.users]\nU1 = []\n", "would allow everything"),
        ("sources = 3\n", "sources"),
        ("[[sources]]\nname='a'\npath='x'\n[[sources]]\nname='a'\npath='y'\n", "two [[sources]]"),
        ("not toml", "not valid TOML"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_sentence(tmp_path, text, part):
    sentence = refusal(tmp_path, text)
    assert part in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-21", datetime(2026, 11, 21, tzinfo=UTC)),
        ("2026-11-21T09:30:00Z", datetime(2026, 11, 21, 9, 30, tzinfo=UTC)),
        ("2026-11-21T09:30:00+02:00", datetime(2026, 11, 21, 7, 30, tzinfo=UTC)),
    ],
)
def test_purser_now_sets_the_clock(tmp_path, text, at):
    assert load(tmp_path, environ={"PURSER_NOW": text}).clock.now() == at


def test_a_bad_purser_now_says_what_to_write(tmp_path):
    with pytest.raises(ConfigError, match="PURSER_NOW is “soon”; write a date"):
        load(tmp_path, environ={"PURSER_NOW": "soon"})


def test_secrets_never_show(tmp_path):
    found = load(
        tmp_path,
        environ={"SLACK_BOT_TOKEN": "xoxb-secret", "SLACK_SIGNING_SECRET": "s3cret"},
    )
    assert found.secrets.bot_token == "xoxb-secret"
    assert "xoxb-secret" not in repr(found)
    assert "s3cret" not in repr(found)


def test_credentials_in_the_environment_are_named_not_shown():
    assert foreign_credentials({"AWS_PROFILE": "prod", "HOME": "/"}) == ("AWS_PROFILE",)


def test_a_browser_is_opened_only_where_there_is_a_screen():
    assert not has_display({})
    assert not has_display({"CI": "true", "DISPLAY": ":0"})
    assert has_display({"DISPLAY": ":0"})


def test_bolt_finds_no_token_beside_the_one_it_is_given():
    environ = {"SLACK_BOT_TOKEN": "xoxb-another", "SLACK_CLIENT_ID": "1.2", "HOME": "/"}
    hide_tokens(environ)
    assert environ == {"HOME": "/"}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        *((f"{name} = 5", name) for name in ("watch", "policy", "clouds", "model", "slack")),
        ("[scope]\nusers = 5", "scope.users"),
        ("[watch]\ndigests = [5]", "watch.digests.0"),
        ("sources = ['a']", "sources.0"),
    ],
)
def test_what_is_no_table_is_said_without_the_name_of_a_class(tmp_path, text, place):
    (tmp_path / "purser.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, environ={})
    assert caught.value.sentence == f"purser.toml: [{place}] must be a table."
