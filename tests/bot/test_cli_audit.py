"""`purser audit` and `purser audit verify`, as real processes."""

import json
from pathlib import Path

import pytest
from sqlalchemy import create_engine, delete, update

from tests.bot.test_cli import purser
from tests.gate.desks import desk_in, machines
from tools.ledger.schema import AUDIT

GENESIS = "0:" + "0" * 64


def url(home):
    return f"sqlite:///{home / 'ledger.sqlite'}"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    desk = desk_in(tmp_path, url(tmp_path))
    desk.done(*machines(desk.world))
    desk.ledger.close()
    (tmp_path / "purser.toml").write_text(f'[ledger]\nurl = "{url(tmp_path)}"\n')
    return tmp_path


def tamper(home, statement):
    with create_engine(url(home)).begin() as connection:
        connection.execute(statement)


def test_an_empty_record_says_so(tmp_path):
    assert purser(tmp_path, "audit").stdout == "Nothing is on the record yet.\n"
    checked = purser(tmp_path, "audit", "verify")
    assert checked.returncode == 0
    assert (
        checked.stdout.splitlines()[0] == "✓ 0 entries; none of them was altered, removed or moved."
    )
    assert checked.stdout.splitlines()[-1] == f"Keep this anchor outside: {GENESIS}"


def test_who_did_what_is_told_oldest_first(home):
    said = purser(home, "audit", "--last", "3").stdout.splitlines()
    assert [line.split()[0] for line in said] == ["5", "6", "7"]
    assert said[-1].startswith("7  Nov 21, 09:00  purser  finished · done · Stopped. (")
    entries = [json.loads(line) for line in purser(home, "audit", "--json").stdout.splitlines()]
    assert [entry["event"] for entry in entries][:3] == ["policy", "proposed", "approved"]
    one = purser(home, "audit", "--of", entries[1]["subject"][:8]).stdout.splitlines()
    assert len(one) == 6
    assert purser(home, "audit", "--of", "x").stdout == "Nothing of that is on the record.\n"


def test_a_broken_chain_is_told_and_fails(home):
    anchor = purser(home, "audit", "verify").stdout.splitlines()[-1].rpartition(" ")[2]
    assert purser(home, "audit", "verify", "--anchor", anchor).returncode == 0
    tamper(home, update(AUDIT).where(AUDIT.c.seq == 3).values(actor="UOTHER"))
    checked = purser(home, "audit", "verify")
    assert (checked.returncode, checked.stdout.splitlines()[:2]) == (
        1,
        ["✗ 7 entries, and the chain is broken:", "  Entry 3 was altered."],
    )
    found = json.loads(purser(home, "audit", "verify", "--json").stdout)
    assert (found["entries"], found["faults"], found["head"]) == (
        7,
        ["Entry 3 was altered."],
        anchor,
    )
    tamper(home, delete(AUDIT))
    assert "Entries 1 to 7 are missing" in purser(home, "audit", "verify").stdout


def test_what_cannot_be_used_gets_one_sentence(home):
    for arguments in (("verify", "--anchor", "x"), ("--last", "0")):
        said = purser(home, "audit", *arguments)
        assert (said.returncode, said.stderr.count("\n")) == (2, 1)
