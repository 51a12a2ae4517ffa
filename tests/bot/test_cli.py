"""The contract others test against: what the commands take, say and return."""

import csv
import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.bot.commands import process, run
from tests.lake.bills import april, month, row, write_csv
from tools.core.clock import FixedClock
from tools.ledger.ingests import Ingests
from tools.ledger.ledger import Ledger

KEYS = {
    "query",
    "metric",
    "currency",
    "period",
    "rows",
    "total",
    "previous_total",
    "by_currency",
    "complete_through",
    "partial",
    "as_of",
    "bill_rows",
    "sql",
}


def purser(home: Path, *arguments: str, now: str = "2026-06-10T09:00:00Z"):
    return run(*arguments, environ={"PURSER_HOME": str(home), "PURSER_NOW": now})


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    home = tmp_path_factory.mktemp("home")
    bill = write_csv(
        home / "bills" / "april.csv",
        [
            april(2, BilledCost="10.5", EffectiveCost="10.5", Tags='{"team": "ml"}'),
            april(3, BilledCost="-0.5", EffectiveCost="-0.5", Tags='{"team": "ml"}'),
            april(4, BilledCost="3.25", EffectiveCost="3", Tags='{"team": "data"}'),
            april(5, BilledCost="1", EffectiveCost="1", ServiceName="AmazonS3", Tags=""),
        ],
    )
    done = purser(home, "ingest", str(bill), "--source", "aws")
    assert done.returncode == 0, done.stderr
    return home


def test_ingest_prints_what_it_loaded(tmp_path):
    bill = write_csv(tmp_path / "b.csv", [april(2), month("2026-05")])
    done = purser(tmp_path / "home", "ingest", str(bill), "--source", "aws")
    assert done.returncode == 0
    assert "Loaded 2 lines of bills, 2 billing periods." in done.stdout
    assert "AWS" in done.stdout
    assert "$3.00" in done.stdout


def test_the_same_file_twice_says_that_nothing_changed(tmp_path):
    bill = write_csv(tmp_path / "b.csv", [april(2)])
    purser(tmp_path / "home", "ingest", str(bill), "--source", "aws")
    again = purser(tmp_path / "home", "ingest", str(bill), "--source", "aws")
    assert again.returncode == 0
    assert again.stdout == "1 billing period already loaded and unchanged.\n"


def test_ingest_says_what_it_replaced(tmp_path):
    bill = write_csv(tmp_path / "b.csv", [april(2), april(3), april(4), month("2026-05")])
    first = purser(tmp_path / "home", "ingest", str(bill), "--source", "aws")
    assert "Replaced" not in first.stdout
    write_csv(bill, [april(2), april(3, BilledCost="9", EffectiveCost="9"), month("2026-05")])
    done = purser(tmp_path / "home", "ingest", str(bill), "--source", "aws")
    said = (
        "Replaced what was loaded before:\n  · b of aws, 2026-04 … 2026-05 (2): 4 lines then, 3 now"
    )
    assert said in done.stdout


def test_one_line_is_not_called_lines(tmp_path):
    bill = write_csv(tmp_path / "b.csv", [april(2)])
    done = purser(tmp_path / "home", "ingest", str(bill), "--source", "aws")
    assert done.stdout.startswith("Loaded 1 line of bills, 1 billing period.\n")


def test_a_lake_that_is_a_file_is_one_sentence(tmp_path):
    bill = write_csv(tmp_path / "b.csv", [april(2)])
    (tmp_path / "lake").write_text("not a folder")
    for command in (["ingest", str(bill), "--source", "aws"], ["cost", "2026-04"]):
        done = purser(tmp_path, *command)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
        assert "lake is not a folder" in done.stderr


def test_cost_as_json_keeps_its_contract(home):
    done = purser(home, "cost", "2026-04 by team", "--json")
    answer = json.loads(done.stdout)
    assert done.returncode == 0
    assert done.stdout.count("\n") == 1
    assert set(answer) >= KEYS
    assert answer["query"] == "2026-04 by team"
    assert answer["period"] == {"start": "2026-04-01", "end": "2026-05-01"}
    assert (answer["total"], answer["currency"]) == ("14", "USD")
    assert answer["by_currency"] == {"USD": "14"}
    assert answer["bill_rows"] == 4
    assert {(r["key"]["team"], r["value"]) for r in answer["rows"]} == {
        ("ml", "10"),
        ("data", "3"),
        (None, "1"),
    }
    assert sum(Decimal(r["share"]) for r in answer["rows"]) == pytest.approx(1, abs=1e-5)


def test_the_query_in_an_answer_can_be_asked_again(home):
    first = json.loads(purser(home, "cost", "2 months ago by team top 1", "--json").stdout)
    again = json.loads(purser(home, "cost", first["query"], "--json").stdout)
    assert again == first


def test_the_sql_in_an_answer_runs_and_gives_the_same_figures(home):
    answer = json.loads(purser(home, "cost", "2026-04 by team", "--json").stdout)
    done = purser(home, "sql", answer["sql"], "--json")
    assert done.returncode == 0, done.stderr
    cells = {cell for line in json.loads(done.stdout)["rows"] for cell in line}
    assert {"ml", "data", "10", "3", "1"} <= cells


def test_currencies_without_a_rate_stay_apart(tmp_path):
    bill = write_csv(tmp_path / "b.csv", [april(2), april(3, BillingCurrency="EUR")])
    purser(tmp_path, "ingest", str(bill), "--source", "aws")
    answer = json.loads(purser(tmp_path, "cost", "all time billed", "--json").stdout)
    assert answer["total"] is None
    assert answer["by_currency"] == {"USD": "1.5", "EUR": "1.5"}
    assert {(r["currency"], r["value"]) for r in answer["rows"]} == {
        ("USD", "1.5"),
        ("EUR", "1.5"),
    }


def test_cost_reads_what_is_typed_in_slack_with_its_slash(home):
    plain = json.loads(purser(home, "cost", "2026-04 by team", "--json").stdout)
    pasted = json.loads(purser(home, "cost", "/cost 2026-04 by team", "--json").stdout)
    assert pasted == plain


def test_cost_without_a_currency_says_so_in_its_row(tmp_path):
    bill = write_csv(tmp_path / "b.csv", [april(2), april(3, BillingCurrency="")])
    purser(tmp_path, "ingest", str(bill), "--source", "aws")
    answer = json.loads(purser(tmp_path, "cost", "all time billed", "--json").stdout)
    assert {r["currency"]: r["value"] for r in answer["rows"]} == answer["by_currency"]


def test_a_wide_table_is_not_cut_where_there_is_no_terminal(home):
    done = purser(home, "sql", "SELECT * FROM facts")
    assert "AmazonS3" in done.stdout
    assert "…" not in done.stdout


def test_csv_is_the_whole_table(home):
    done = purser(home, "cost", "2026-04 by team, service", "--csv")
    lines = list(csv.reader(io.StringIO(done.stdout)))
    assert len(lines) == 1 + 3
    assert Decimal(dict(zip(lines[0], lines[1], strict=True))["effective_cost"]) == 10


def test_ask_says_which_way_it_went(home):
    said = json.loads(purser(home, "ask", "how much did we spend in April?", "--json").stdout)
    assert said["path"] == "phrasebook"
    assert said["result"]["total"] == "14"
    assert said["tools"] == [{"name": "cost_by", "arguments": {"query": "2026-04"}}]
    assert said["text"].startswith("$14.00")
    typed = json.loads(purser(home, "ask", "/cost 2026-04", "--json").stdout)
    assert typed["path"] == "command"


def test_what_is_not_understood_is_marked_and_exits_with_2(home):
    done = purser(home, "cost", "2026-04 by temm")
    assert (done.returncode, done.stdout) == (2, "")
    lines = done.stderr.splitlines()
    assert lines[1:3] == ["  2026-04 by temm", "             ^^^^"]
    assert "  2026-04 by team" in lines


def test_no_data_is_an_answer_that_says_what_was_searched(home):
    done = purser(home, "cost", "2025-01 by team")
    assert done.returncode == 0
    assert "Jan" in done.stdout or "2025-01" in done.stdout
    as_json = json.loads(purser(home, "cost", "2025-01", "--json").stdout)
    assert set(as_json) >= KEYS
    assert (as_json["rows"], as_json["total"], as_json["by_currency"]) == ([], None, {})
    assert as_json["note"]


@pytest.mark.parametrize(
    ("statement", "part"),
    [
        ("SELECT * FROM read_csv('/etc/passwd')", ""),
        ("COPY facts TO '/tmp/stolen.csv'", ""),
        ("SELECT nothing FROM facts", "nothing"),
        ("", ""),
    ],
)
def test_sql_outside_the_lake_is_refused_in_one_sentence(home, statement, part):
    done = purser(home, "sql", statement)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert part in done.stderr
    assert "Traceback" not in done.stderr


def test_bad_bills_exit_with_2_and_leave_what_stood(home, tmp_path):
    picture = tmp_path / "bill.csv"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00")
    done = purser(home, "ingest", str(picture), "--source", "aws")
    assert done.returncode == 2
    assert "bill.csv" in done.stderr
    assert "Traceback" not in done.stderr
    assert json.loads(purser(home, "cost", "2026-04", "--json").stdout)["total"] == "14"


def test_a_path_that_is_not_there_is_said(home):
    done = purser(home, "ingest", "no/such.csv", "--source", "aws")
    assert done.returncode == 2
    assert "such.csv" in done.stderr


def test_a_path_wants_to_know_its_source(home, tmp_path):
    bill = write_csv(tmp_path / "b.csv", [april(2)])
    done = purser(home, "ingest", str(bill))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "--source NAME" in done.stderr


def test_a_reload_that_shrinks_asks_first(tmp_path):
    bill = write_csv(tmp_path / "b.csv", [april(day) for day in range(1, 11)])
    purser(tmp_path, "ingest", str(bill), "--source", "aws")
    write_csv(bill, [april(day) for day in range(1, 6)])
    done = purser(tmp_path, "ingest", str(bill), "--source", "aws")
    assert done.returncode == 2
    assert "--accept-shrink" in done.stderr
    assert json.loads(purser(tmp_path, "cost", "all time", "--json").stdout)["bill_rows"] == 10
    accepted = purser(tmp_path, "ingest", str(bill), "--source", "aws", "--accept-shrink")
    assert accepted.returncode == 0
    assert json.loads(purser(tmp_path, "cost", "all time", "--json").stdout)["bill_rows"] == 5


@pytest.mark.parametrize("arguments", [(), ("--source", "aws"), ("bills",)])
def test_a_load_is_noted_where_a_ledger_is_and_makes_none(tmp_path, arguments):
    """So that `/purser health` knows of what was put right at a terminal."""
    home = tmp_path / "home"
    bill = write_csv(home / "bills" / "b.csv", [april(day) for day in range(1, 11)])
    (home / "purser.toml").write_text('[[sources]]\nname = "aws"\npath = "bills"\n')
    ledger = Ledger(f"sqlite:///{home / 'ledger.sqlite'}", FixedClock(datetime.now(UTC)))

    def ingest(*more: str) -> int:
        paths = (str(bill.parent) if word == "bills" else word for word in arguments)
        return purser(home, "ingest", *paths, *more).returncode

    assert ingest() == 0
    assert not ledger.is_there
    Ingests(ledger).note("aws", trouble="Access was denied.")
    assert ingest() == 0
    assert Ingests(ledger).all()["aws"].trouble == ""
    write_csv(bill, [april(day) for day in range(1, 6)])
    assert ingest() == 2
    assert "--accept-shrink" in Ingests(ledger).all()["aws"].trouble
    assert ingest("--accept-shrink") == 0
    assert Ingests(ledger).all()["aws"].trouble == ""
    ledger.close()


def test_a_ledger_that_cannot_be_opened_keeps_no_bill_out(tmp_path):
    write_csv(tmp_path / "bills" / "b.csv", [april(2)])
    (tmp_path / "purser.toml").write_text('[[sources]]\nname = "aws"\npath = "bills"\n')
    (tmp_path / "ledger.sqlite").write_text("This is no database. " * 100)
    done = purser(tmp_path, "ingest")
    assert (done.returncode, done.stdout.splitlines()[0]) == (
        0,
        "Loaded 1 line of bills, 1 billing period.",
    )
    assert done.stderr.startswith("Not noted for /purser health: The ledger cannot be opened;")


def test_init_writes_once_and_doctor_says_what_is_missing(tmp_path):
    assert purser(tmp_path, "init").returncode == 0
    again = purser(tmp_path, "init")
    assert (again.returncode, again.stderr.count("\n")) == (2, 1)
    done = purser(tmp_path, "doctor")
    assert done.returncode == 0
    assert "SLACK_BOT_TOKEN is not set" in done.stdout
    assert "`purser ingest PATH --source NAME` loads some" in done.stdout


def test_init_names_the_admins_and_doctor_shows_the_policy(tmp_path):
    nobody = purser(tmp_path, "init")
    assert "Actions are refused until [policy] admins names somebody" in nobody.stdout
    assert "– policy" in purser(tmp_path, "doctor").stdout
    assert purser(tmp_path, "init", "--force", "--admin", "U1ADMIN", "U2ADMIN").returncode == 0
    assert "✓ policy         5 rules, admins U1ADMIN, U2ADMIN" in purser(tmp_path, "doctor").stdout
    (tmp_path / "purser.toml").write_text("[policy]\nadmin = 'U1'\n", encoding="utf-8")
    broken = purser(tmp_path, "doctor")
    assert broken.returncode == 1
    assert (
        "✗ policy         every action is refused: purser.toml: [policy] has an unknown key "
        "`admin`; did you mean `admins`?" in broken.stdout
    )


def test_doctor_says_how_far_bills_are_complete(home):
    done = purser(home, "doctor")
    assert "4 lines, 2026-04-02 to 2026-04-05, complete through" in done.stdout


def test_an_unknown_key_is_named_by_every_command(tmp_path):
    (tmp_path / "purser.toml").write_text("[slak]\n", encoding="utf-8")
    done = purser(tmp_path, "cost")
    assert (done.returncode, done.stderr) == (
        2,
        "purser.toml: has an unknown key `slak`; did you mean `slack`?\n",
    )


def test_serve_without_tokens_says_which_to_set(tmp_path):
    done = purser(tmp_path, "serve")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "SLACK_BOT_TOKEN" in done.stderr


def test_rows_that_cannot_be_read_are_counted(tmp_path):
    bill = write_csv(tmp_path / "b.csv", [april(2), row(BilledCost="twelve"), april(4)])
    done = purser(tmp_path, "ingest", str(bill), "--source", "aws")
    assert "1 line could not be read and is kept aside." in done.stdout
    assert json.loads(purser(tmp_path, "cost", "all time", "--json").stdout)["bill_rows"] == 2


def test_of_two_readings_the_one_that_came_further_says_what_was_wrong(home):
    done = purser(home, "cost", "how much did unicorn spend last month")
    assert (done.returncode, done.stdout) == (2, "")
    assert "I could not read “unicorn”." in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("cost", "last", "month"), 0), (("cost", "zorp"), 2), (("nothing",), 2), (("--help",), 0)],
)
def test_a_process_of_its_own_says_the_same(home, arguments, code):
    environ = {"PURSER_HOME": str(home), "PURSER_NOW": "2026-05-10T09:00:00Z"}
    alone, here = (how(*arguments, environ=environ) for how in (process, run))
    assert alone.returncode == here.returncode == code
    assert alone.stderr == here.stderr
    assert alone.stdout == here.stdout
