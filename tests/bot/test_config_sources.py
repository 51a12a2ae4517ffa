from datetime import date

import pytest

from bot.config import load
from tests.bot.test_config import config, refusal
from tools.core.settings import Bucket, Interface, Source


def test_bucket_lands_below_home(tmp_path):
    found = config(
        tmp_path,
        '[[sources]]\nname = "aws"\ns3 = "s3://acme/billing/focus/"\nregion = "eu-west-1"\n'
        'profile = "p"\nrole_arn = "arn:aws:iam::1:role/r"\nendpoint_url = "http://127.0.0.1:9"\n'
        "lag_days = 2",
    )
    bucket = Bucket(
        "acme", "billing/focus", "eu-west-1", "p", "arn:aws:iam::1:role/r", "http://127.0.0.1:9"
    )
    assert found.lake.sources == (Source("aws", tmp_path / "landing/aws", 2, {}, bucket),)
    assert bucket.address == "s3://acme/billing/focus"
    assert Bucket("acme").address == "s3://acme"


def test_vendors_take_their_admin_keys_and_hide_them(tmp_path):
    text = (
        '[[sources]]\nname = "o"\nkind = "openai"\nsince = 2026-01-01\n'
        '[[sources]]\nname = "a"\nkind = "anthropic"\nsecond_view_of = "o"\n'
        'base_url = "http://127.0.0.1:9/v1/"\n'
    )
    found = config(
        tmp_path, text, OPENAI_ADMIN_KEY="sk-admin-1", ANTHROPIC_ADMIN_KEY="sk-ant-admin-1"
    )
    openai, anthropic = found.lake.sources
    assert openai.origin == Interface(
        "openai",
        "https://api.openai.com/v1",
        "sk-admin-1",
        "OPENAI_ADMIN_KEY",
        date(2026, 1, 1),
    )
    assert (anthropic.origin.base_url, anthropic.origin.key) == (
        "http://127.0.0.1:9/v1",
        "sk-ant-admin-1",
    )
    assert anthropic.second_view_of == "o"
    assert "sk-" not in repr(found)


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ('path = "x"\ns3 = "s3://b"', "“a” needs one of path, s3 and kind, and has path and s3."),
        ('s3 = "b/prefix"', "“a” s3 must look like s3://bucket/prefix."),
        ('s3 = "s3://"', "“a” s3 must look like s3://bucket/prefix."),
        (
            's3 = "s3://b"\nendpoint_url = "b:9"',
            "“a” endpoint_url must start with https:// or http://.",
        ),
        ('path = "x"\nregion = "eu"', "“a” region goes with s3 only."),
        ('s3 = "s3://b"\nsince = 2026-01-01', "“a” since goes with kind only."),
        ('kind = "opnai"', "“a” kind: unknown kind `opnai`; did you mean `openai`?"),
        (
            'kind = "openai"\nbase_url = "http://example.com/v1"',
            "“a” base_url must be https, or http on this machine; a key goes there.",
        ),
        (
            'kind = "openai"\nsecond_view_of = "a"',
            "“a” second_view_of: no other source is “a”; there is no other source.",
        ),
        (
            'kind = "openai"\nsecond_view_of = "bil"\n[[sources]]\nname = "bill"\npath = "b"',
            "“a” second_view_of: no other source is “bil”; did you mean `bill`?",
        ),
    ],
)
def test_what_does_not_fit_is_named(tmp_path, lines, sentence):
    said = refusal(tmp_path, f'[[sources]]\nname = "a"\n{lines}')
    assert said == f"purser.toml: [[sources]] {sentence}"


def test_an_unknown_key_of_a_source_names_the_nearest(tmp_path):
    said = refusal(tmp_path, '[[sources]]\nname = "a"\ns3 = "s3://b"\nendpont_url = "x"')
    assert said == (
        "purser.toml: [sources.0] has an unknown key `endpont_url`; did you mean `endpoint_url`?"
    )


def test_a_key_alone_makes_no_source(tmp_path):
    assert load(tmp_path, environ={"OPENAI_ADMIN_KEY": "k"}).lake.sources == ()
