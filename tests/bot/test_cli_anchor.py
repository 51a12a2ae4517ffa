"""`purser audit anchor`: the head of the log in a channel, and in a bucket that locks or not."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from sqlalchemy import create_engine, delete

from bot.__main__ import main
from bot.console.workspace import Workspace
from tests.landing.conftest import aws, moto  # noqa: F401  fixtures
from tools.core.clock import FixedClock
from tools.core.errors import InputError
from tools.gate.people import Actor
from tools.ledger.anchors import Vault
from tools.ledger.audit import GENESIS, Audit
from tools.ledger.ledger import Ledger
from tools.ledger.schema import AUDIT, AUDIT_HEAD

NOW = "2026-11-21T09:00:00+00:00"
_COUNT = itertools.count(1)


@dataclass
class House:
    """A home with a log, and the command line in it."""

    home: Path
    capsys: pytest.CaptureFixture[str]

    @property
    def url(self) -> str:
        return f"sqlite:///{self.home / 'ledger.sqlite'}"

    @property
    def audit(self) -> Audit:
        from datetime import datetime

        return Audit(Ledger(self.url, FixedClock(datetime.fromisoformat(NOW))))

    def write(self, *events: str) -> str:
        """Add entries; the anchor afterwards."""
        for event in events:
            self.audit.record(event, "x", actor=Actor("UADA"))
        return self.audit.head().text

    def forget(self, *, after: int) -> None:
        """Take the end away, and the head with it, as somebody with the database might."""
        with create_engine(self.url).begin() as connection:
            connection.execute(delete(AUDIT).where(AUDIT.c.seq > after))
            last = connection.execute(AUDIT.select().order_by(AUDIT.c.seq.desc())).first()
            now = {"seq": last.seq, "hash": last.hash} if last else {"seq": 0, "hash": GENESIS}
            connection.execute(AUDIT_HEAD.update().values(**now))

    def say(self, *arguments: str) -> tuple[int, list[str]]:
        """`purser audit …`: its exit code and its lines."""
        code = main(["--home", str(self.home), "audit", *arguments])
        out = self.capsys.readouterr()
        return code, (out.out + out.err).splitlines()


@pytest.fixture
def house(tmp_path, capsys, monkeypatch) -> House:
    monkeypatch.setenv("PURSER_NOW", NOW)
    monkeypatch.delenv("SLACK_BOT_TOKEN", raising=False)
    return House(tmp_path, capsys)


@pytest.fixture
def bucket(moto: str, aws: None, monkeypatch) -> Callable[..., tuple[str, Any]]:  # noqa: F811
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", moto)

    def make(*, locks: bool, days: int = 0) -> tuple[str, Any]:
        client, name = boto3.client("s3"), f"anchors-{next(_COUNT)}"
        client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=locks)
        if days:
            rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": days}}
            client.put_object_lock_configuration(
                Bucket=name,
                ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule},
            )
        return name, client

    return make


def test_a_bucket_that_locks_keeps_it_locked(house, bucket):
    name, client = bucket(locks=True)
    anchor = house.write("one", "two")
    code, said = house.say("anchor", "--s3", f"s3://{name}/log")
    key = f"log/{anchor.replace('2:', '000000000002-')}.txt"
    assert code == 0
    assert said == [f"Kept {anchor}", f"as s3://{name}/{key}", "locked until Dec 26, 2027."]
    kept = client.get_object(Bucket=name, Key=key)
    assert kept["Body"].read().decode() == f"{anchor} {NOW}\n"
    assert kept["ObjectLockMode"] == "COMPLIANCE"
    code, said = house.say("verify", "--from-s3", f"s3://{name}/log/")
    assert (code, said) == (
        0,
        [
            "✓ 2 entries; none of them was altered, removed or moved.",
            f"Keep this anchor outside: {anchor}",
        ],
    )
    assert house.say("anchor", "--s3", f"s3://{name}/log")[0] == 0
    assert len(client.list_object_versions(Bucket=name)["Versions"]) == 1


def test_a_longer_rule_of_the_bucket_itself_holds(house, bucket):
    name, _ = bucket(locks=True, days=1000)
    house.write("one")
    assert house.say("anchor", "--s3", f"s3://{name}")[1][-1] == "locked until Aug 17, 2029."


def test_without_object_lock_it_is_kept_and_said_what_that_does_not_prove(house, bucket):
    name, _ = bucket(locks=False)
    anchor = house.write("one")
    assert "The bucket has no object lock" in house.say("anchor", "--s3", f"s3://{name}/a")[1][-1]
    assert house.say("verify", "--from-s3", f"s3://{name}/a")[1] == [
        "✓ 1 entry; none of them was altered, removed or moved.",
        f"– Not proven. s3://{name}/a/ has no object lock: that no anchor was taken away there.",
        f"Keep this anchor outside: {anchor}",
    ]
    assert (
        f"– Not proven. There is no anchor in s3://{name}/b/."
        in (house.say("verify", "--from-s3", f"s3://{name}/b")[1])
    )


def test_a_log_cut_off_or_written_anew_is_found_by_every_anchor_even_a_hidden_one(house, bucket):
    name, client = bucket(locks=True)
    house.write("one", "two")
    house.say("anchor", "--s3", f"s3://{name}")
    house.write("three", "four")
    house.say("anchor", "--s3", f"s3://{name}")
    house.forget(after=2)
    code, said = house.say("verify", "--from-s3", f"s3://{name}")
    assert code == 1
    assert said[1] == "  The anchor is entry 4, the log ends at 2: its end was cut off."
    house.forget(after=1)
    house.write("2", "3", "4", "5")
    house.say("anchor", "--s3", f"s3://{name}")
    for listed in client.list_objects_v2(Bucket=name)["Contents"]:
        client.delete_object(Bucket=name, Key=listed["Key"])
    code, said = house.say("verify", "--from-s3", f"s3://{name}")
    anew = "is not the one of the anchor: the log was written anew, there or before."
    assert (code, said[1:3]) == (1, [f"  Entry 2 {anew}", f"  Entry 4 {anew}"])


def test_a_broken_log_and_an_empty_one_are_not_anchored(house, bucket):
    name, client = bucket(locks=True)
    assert house.say("anchor", "--s3", f"s3://{name}") == (
        2,
        ["Nothing is on the record yet, so there is nothing to anchor."],
    )
    house.write("one", "two", "three")
    with create_engine(house.url).begin() as connection:
        connection.execute(delete(AUDIT).where(AUDIT.c.seq == 2))
    assert house.say("anchor", "--s3", f"s3://{name}") == (
        1,
        ["The audit log is broken, so nothing is anchored; `purser audit verify` says where."],
    )
    assert "Versions" not in client.list_object_versions(Bucket=name)


def test_a_bucket_that_is_not_there_has_a_sentence(house, bucket):
    bucket(locks=False)
    house.write("one")
    said = ["s3://nowhere-at-all/x/: there is no such bucket."]
    assert house.say("anchor", "--s3", "s3://nowhere-at-all/x") == (1, said)
    assert house.say("verify", "--from-s3", "s3://nowhere-at-all/x") == (1, said)


@pytest.mark.parametrize("text", ["", "bucket", "s3:/a/b", "https://a/b", "s3://UPPER", "s3://a"])
def test_only_an_address_of_a_bucket_names_one(text):
    with pytest.raises(InputError, match="Write the bucket as"):
        Vault.parse(text)


def test_a_channel_gets_it_to_be_copied(house, monkeypatch):
    anchor = house.write("one", "two")
    with Workspace.serve() as workspace:
        toml = f'[slack]\napi_url = "{workspace.api_url}"\n'
        (house.home / "purser.toml").write_text(toml, encoding="utf-8")
        assert house.say("anchor", "--channel", "C0FINOPS00") == (
            2,
            ["Slack needs a bot token: set SLACK_BOT_TOKEN to the app’s xoxb-… token."],
        )
        monkeypatch.setenv("SLACK_BOT_TOKEN", workspace.bot_token)
        code, said = house.say("anchor", "--channel", "C0FINOPS00")
        assert (code, said) == (0, [f"Posted {anchor}", "in C0FINOPS00."])
        (posted,) = workspace.messages("#finops")
        assert posted.text == (f"Anchor of the audit log, entry 2, 2026-11-21 09:00 UTC: {anchor}")
        house.forget(after=1)
        code, said = house.say("verify", "--anchor", posted.text.rpartition(" ")[2])
        assert code == 1
        house.write("other")
        code, said = house.say("anchor", "--channel", "C0RANDOM00")
        assert (code, said[-1]) == (
            1,
            "Slack does not let me post in C0RANDOM00; /invite me there, or check the id.",
        )
        assert house.say("anchor", "--channel", "#finops")[1] == [
            "Name the channel by its id, such as C0123456789."
        ]
