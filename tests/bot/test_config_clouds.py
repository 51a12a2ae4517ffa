"""`[clouds]`: what it says, and one sentence for every mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.config import load
from tools.clouds.settings import AwsAccount, CloudSettings, GcpProject
from tools.core.errors import ConfigError

AWS = '[[clouds.aws]]\nid = "111122223333"\n'
HERE = AWS + 'regions = "us-east-1"\n'
GCP = '[[clouds.gcp]]\nid = "acme-ml"\n'
ROLE = "arn:aws:iam::111122223333:role/purser"


def clouds(home: Path, text: str) -> CloudSettings:
    (home / "purser.toml").write_text(text, encoding="utf-8")
    return load(home, environ={}).clouds


def test_without_a_section_there_are_none(tmp_path):
    assert clouds(tmp_path, "") == CloudSettings()


def test_everything_is_read(tmp_path):
    text = f"""
    [clouds]
    simulated = "cloud.json"
    prometheus_url = "http://127.0.0.1:9090/"
    idle_percent = 3
    idle_hours = 12
    idle_coverage = 0.5
    {AWS}
    name = "research"
    regions = ["us-east-1", "us-gov-west-1"]
    profile = "p"
    read_role = "{ROLE}-read"
    write_role = "{ROLE}-write"
    terminate_role = "{ROLE}-end"
    tags_role = "{ROLE}/a/tags"
    endpoint_url = "http://127.0.0.1:5000"
    {GCP}
    zones = ["us-central1-a"]
    read_account = "read@acme-ml.iam.gserviceaccount.com"
    billing_account = "01AB23-45CD67-89EF01"
    """
    assert clouds(tmp_path, text) == CloudSettings(
        aws=(
            AwsAccount(
                id="111122223333",
                regions=("us-east-1", "us-gov-west-1"),
                name="research",
                profile="p",
                read_role=f"{ROLE}-read",
                write_role=f"{ROLE}-write",
                terminate_role=f"{ROLE}-end",
                tags_role=f"{ROLE}/a/tags",
                endpoint_url="http://127.0.0.1:5000",
            ),
        ),
        gcp=(
            GcpProject(
                id="acme-ml",
                zones=("us-central1-a",),
                read_account="read@acme-ml.iam.gserviceaccount.com",
                billing_account="01AB23-45CD67-89EF01",
            ),
        ),
        simulated=tmp_path / "cloud.json",
        prometheus_url="http://127.0.0.1:9090",
        idle_percent=3,
        idle_hours=12,
        idle_coverage=0.5,
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "[clouds]\nprometheus = 'x'",
            "[clouds] has an unknown key `prometheus`; did you mean `prometheus_url`?",
        ),
        (
            HERE + "regoin = 'x'",
            "[clouds.aws.0] has an unknown key `regoin`; did you mean `regions`?",
        ),
        (AWS, "clouds.aws.0.regions is needed and missing."),
        (
            '[[clouds.aws]]\nid = "1"\nregions = []',
            "clouds.aws.0.id: string should match pattern '^\\d{12}$'.",
        ),
        (
            AWS + "regions = []",
            '[[clouds.aws]] “111122223333” regions names none; write regions = ["us-east-1"].',
        ),
        (
            AWS + "regions = ['us-east-1a']",
            "[[clouds.aws]] “111122223333” regions: “us-east-1a” is no region such as us-east-1.",
        ),
        (
            HERE + "write_role = 'purser'",
            "[[clouds.aws]] “111122223333” write_role must look like "
            "arn:aws:iam::111122223333:role/purser.",
        ),
        (
            HERE + "write_role = 'arn:aws:iam::444455556666:role/purser'",
            "[[clouds.aws]] “111122223333” write_role is a role of another account, 444455556666.",
        ),
        (
            HERE + f"read_role = '{ROLE}'\nwrite_role = '{ROLE}'",
            "[[clouds.aws]] “111122223333” read_role and write_role are the same; "
            "each needs its own.",
        ),
        (HERE + HERE, "two [[clouds.aws]] have the id “111122223333”."),
        (
            HERE + "endpoint_url = 'localhost'",
            "[[clouds.aws]] “111122223333” endpoint_url must be an address that starts with "
            "https:// or http://.",
        ),
        (
            "[clouds]\nprometheus_url = 'https://me:secret@example.com'",
            "[clouds] prometheus_url must not carry a name or a password.",
        ),
        (
            "[clouds]\nidle_hours = 0",
            "clouds.idle_hours: input should be greater than 0.",
        ),
        (
            GCP + "zones = ['us-central1']",
            "[[clouds.gcp]] “acme-ml” zones: “us-central1” is no zone such as us-central1-a.",
        ),
        (
            GCP + "read_account = 'me@example.com'",
            "[[clouds.gcp]] “acme-ml” read_account must look like "
            "purser@acme-ml.iam.gserviceaccount.com.",
        ),
        (
            GCP + "write_account = 'a@b.gserviceaccount.com'\n"
            "tags_account = 'a@b.gserviceaccount.com'",
            "[[clouds.gcp]] “acme-ml” write_account and tags_account are the same; "
            "each needs its own.",
        ),
        (GCP + GCP, "two [[clouds.gcp]] have the id “acme-ml”."),
    ],
)
def test_every_mistake_has_its_sentence(tmp_path, text, sentence):
    with pytest.raises(ConfigError) as caught:
        clouds(tmp_path, text)
    assert caught.value.sentence == f"purser.toml: {sentence}"
