"""Which model is asked, and what it may be told: the environment, the file, and both."""

import pytest

from bot.config import OPENAI_API, Config, Endpoint, Sent, foreign_credentials, load
from bot.demo import with_model
from tools.core.errors import ConfigError


def config(home, text: str = "", **environ: str) -> Config:
    if text:
        (home / "purser.toml").write_text(text, encoding="utf-8")
    return load(home, environ=environ)


def refusal(home, text: str, **environ: str) -> str:
    with pytest.raises(ConfigError) as caught:
        config(home, text, **environ)
    return caught.value.sentence


def test_without_a_key_or_an_address_no_model_is_asked(tmp_path):
    assert config(tmp_path).model.endpoint is None
    assert config(tmp_path, '[model]\nsmall = "tiny"').model.endpoint is None


def test_a_key_alone_asks_openai(tmp_path):
    found = config(tmp_path, OPENAI_API_KEY="sk-1")
    assert found.model.endpoint == Endpoint(OPENAI_API)
    assert found.secrets.model_key == "sk-1"


def test_an_address_alone_is_enough_for_an_endpoint_without_keys(tmp_path):
    found = config(tmp_path, OPENAI_BASE_URL="http://127.0.0.1:11434/v1/")
    assert found.model.endpoint == Endpoint("http://127.0.0.1:11434/v1")
    assert found.secrets.model_key is None


@pytest.mark.parametrize("address", ["localhost:11434", "http://", "//x", "http://[::1"])
def test_an_address_in_the_environment_that_is_none_is_told(tmp_path, address):
    sentence = "OPENAI_BASE_URL must be an address that starts with https:// or http://."
    with pytest.raises(ConfigError) as caught:
        config(tmp_path, OPENAI_BASE_URL=address)
    assert caught.value.sentence == sentence


def test_the_file_wins_over_the_environment_where_it_speaks(tmp_path):
    text = '[model]\nsmall = "tiny"\nlarge = "huge"'
    found = config(tmp_path, text, OPENAI_BASE_URL="https://models.example.com/v1")
    assert found.model.endpoint == Endpoint("https://models.example.com/v1", "tiny", "huge")
    text += '\nbase_url = "https://other.example.com/v1"'
    found = config(tmp_path, text, OPENAI_BASE_URL="https://models.example.com/v1")
    assert found.model.endpoint == Endpoint("https://other.example.com/v1", "tiny", "huge")


def test_one_named_model_does_all_the_work(tmp_path):
    found = config(tmp_path, '[model]\nsmall = "only"', OPENAI_API_KEY="sk-1")
    assert found.model.endpoint == Endpoint(OPENAI_API, "only", "only")
    found = config(tmp_path, '[model]\nlarge = "only"', OPENAI_API_KEY="sk-1")
    assert found.model.endpoint == Endpoint(OPENAI_API, "only", "only")


def test_the_file_can_switch_the_model_off(tmp_path):
    found = config(tmp_path, "[model]\nenabled = false", OPENAI_API_KEY="sk-1")
    assert found.model.endpoint is None
    assert found.model.fallback is None


def test_limits_and_what_is_sent_are_read(tmp_path):
    found = config(
        tmp_path,
        "[model]\ntimeout_seconds = 5\nmax_tokens = 9000\nmax_tool_calls = 3\n"
        '[model.sends]\nvalues = false\namounts = false\nhistory = false\nhide = "owner"\n'
        '[model.fallback]\nbase_url = "https://second.example.com/v1/"\nsmall = "other"',
        PURSER_FALLBACK_API_KEY="sk-2",
    )
    model = found.model
    assert (model.timeout_seconds, model.max_tokens, model.max_tool_calls) == (5, 9000, 3)
    assert model.sent == Sent(values=False, amounts=False, history=False, hidden=("owner",))
    assert model.fallback == Endpoint("https://second.example.com/v1", "other", "other")
    assert found.secrets.fallback_key == "sk-2"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            '[model]\nsmal = "x"',
            "purser.toml: [model] has an unknown key `smal`; did you mean `small`?",
        ),
        (
            "[model.sends]\nvalue = true",
            "purser.toml: [model.sends] has an unknown key `value`; did you mean `values`?",
        ),
        (
            '[model.sends]\nhide = ["ownr"]',
            "purser.toml: [model.sends] hide: unknown dimension `ownr`; did you mean `owner`?",
        ),
        (
            '[model.fallback]\nbase_url = "https://x"',
            "purser.toml: [model.fallback] needs base_url and small.",
        ),
        (
            '[model]\nbase_url = "ftp://x"',
            "purser.toml: [model] base_url must be an address that starts with https:// or "
            "http://.",
        ),
        (
            '[model]\nbase_url = "http://[::1/v1"',
            "purser.toml: [model] base_url must be an address that starts with https:// or "
            "http://.",
        ),
    ],
)
def test_a_mistake_is_one_sentence(tmp_path, text, sentence):
    assert refusal(tmp_path, text) == sentence


def test_an_endpoint_is_shown_without_the_password_in_its_address():
    assert Endpoint("https://me:secret@models.example.com:8080/v1").host == (
        "models.example.com:8080"
    )


def test_no_key_is_in_the_representation_of_the_configuration(tmp_path):
    names = ("OPENAI_API_KEY", "PURSER_FALLBACK_API_KEY", "OPENAI_ADMIN_KEY", "ANTHROPIC_ADMIN_KEY")
    found = config(tmp_path, **dict.fromkeys(names, "s3cret-key"))
    assert "s3cret" not in repr(found)


def test_the_demo_takes_ones_own_model_and_leaves_every_other_credential(tmp_path):
    own = config(tmp_path, OPENAI_API_KEY="sk-1", SLACK_BOT_TOKEN="xoxb-1", OPENAI_ADMIN_KEY="a")
    sample = with_model(load(tmp_path / "demo", environ={}), own)
    assert sample.model == own.model
    assert sample.secrets.model_key == "sk-1"
    assert sample.secrets.bot_token is None
    assert sample.secrets.openai_admin_key is None
    environ = {"OPENAI_API_KEY": "sk-1", "SLACK_BOT_TOKEN": "xoxb-1"}
    assert foreign_credentials(environ) == ("SLACK_BOT_TOKEN", "OPENAI_API_KEY")
    assert foreign_credentials(environ, but_model=True) == ("SLACK_BOT_TOKEN",)
