"""`purser sql`: what a person may run on the lake, and what nobody may."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.lake.lakes import charge, write_lake
from tools.core.errors import InputError, UnavailableError
from tools.core.periods import DAY, Period
from tools.core.settings import LakeSettings
from tools.lake.lake import Lake
from tools.lake.manifest import save


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    root = tmp_path / "lake"
    write_lake(root, [charge("2026-11-01", 3, tags={"team": "ml"}), charge("2026-11-02", 4)])
    return Lake(root, LakeSettings())


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT sum(effective_cost) FROM facts",
        "SELECT sum(effective_cost) FROM daily;",
        "FROM resources SELECT sum(effective_cost)",
        "WITH f AS (SELECT * FROM facts) SELECT sum(effective_cost) FROM f",
        "SELECT sum(x) FROM (SELECT effective_cost AS x FROM facts UNION ALL SELECT 0)",
    ],
)
def test_a_select_over_the_views_is_answered(lake: Lake, sql: str) -> None:
    assert lake.run_readonly(sql).rows == [(Decimal(7),)]


def test_tag_tables_stand_ready_when_named(lake: Lake) -> None:
    found = lake.run_readonly("SELECT team FROM tag_dims WHERE team IS NOT NULL")
    assert (found.columns, found.rows) == (("team",), [("ml",)])


def test_the_views_of_an_empty_lake_are_typed_and_empty(tmp_path: Path) -> None:
    empty = Lake(tmp_path / "nowhere", LakeSettings())
    sql = "SELECT sum(effective_cost), max(charge_day), count(*) FROM {}"
    for table in ("facts", "resources", "daily", "overview"):
        assert empty.run_readonly(sql.format(table)).rows == [(None, None, 0)]
    assert empty.run_readonly("SELECT tag_hash, tags FROM tag_sets").rows == []
    assert not (tmp_path / "nowhere").exists()


ATTACKS = [
    "COPY facts TO '{out}'",
    "COPY (SELECT 1) TO '{live}'",
    "WITH x AS (COPY (SELECT 1) TO '{out}') SELECT 1",
    "WITH x AS (COPY (SELECT 1 AS a) TO '{live}' (use_tmp_file false)) SELECT 1",
    "WITH x AS (DELETE FROM rates RETURNING 1) SELECT * FROM x",
    "WITH x AS (INSERT INTO rates VALUES ('EUR', '2026-01-01', '2026-02-01', 9)) SELECT 1",
    "SELECT * FROM read_text('{secret}')",
    "SELECT * FROM read_csv('{secret}')",
    "SELECT * FROM read_parquet('{foreign}')",
    "SELECT * FROM '{foreign}'",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM query('COPY (SELECT 1) TO ''{out}''')",
    "ATTACH '{out}' AS other",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET enable_external_access = true",
    "SET GLOBAL threads = 1",
    "RESET lock_configuration",
    "PRAGMA enable_profiling",
    "PRAGMA database_list",
    "CALL pragma_version()",
    "CREATE TABLE t AS SELECT 1",
    "DROP VIEW facts",
    "DELETE FROM rates",
    "EXPORT DATABASE '{out}'",
    "IMPORT DATABASE '{secret}'",
    "EXPLAIN ANALYZE COPY facts TO '{out}'",
    "PREPARE p AS COPY facts TO '{out}'",
    "USE memory",
    "CHECKPOINT",
    "SELECT 1; SELECT 2",
    "SELECT 1; COPY facts TO '{out}'",
    "SELECT * FROM sys",
    "SELECT * FROM secret_of_the_caller",
    "SELECT getenv('HOME')",
    "",
    "-- nothing",
    "what did it cost",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_but_reading_the_lake_is_possible(lake: Lake, tmp_path: Path, attack: str) -> None:
    secret_of_the_caller = [1]  # DuckDB would find a Python variable by its name
    (tmp_path / "secret.txt").write_text("secret")
    live = next(lake.root.glob("*-facts.parquet"))
    foreign = tmp_path / "foreign.parquet"
    foreign.write_bytes(live.read_bytes())
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    sql = attack.format(
        out=tmp_path / "out", live=live, secret=tmp_path / "secret.txt", foreign=foreign
    )
    with pytest.raises(InputError) as error:
        lake.run_readonly(sql)
    assert error.value.sentence.count("\n") == 0
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before
    assert secret_of_the_caller == [1]
    assert lake.run_readonly("SELECT sum(effective_cost) FROM facts").rows == [(Decimal(7),)]


def test_a_mistake_in_the_sql_is_named_in_one_sentence(lake: Lake) -> None:
    with pytest.raises(InputError, match=r"The SQL cannot be run: .*efective_cost"):
        lake.run_readonly("SELECT efective_cost FROM facts")


def test_more_rows_than_asked_for_are_cut_and_said_to_be(lake: Lake) -> None:
    found = lake.run_readonly("SELECT * FROM range(5)", limit=3)
    assert (found.rows, found.is_cut) == ([(0,), (1,), (2,)], True)
    assert not lake.run_readonly("SELECT * FROM range(3)", limit=3).is_cut


def test_a_statement_that_takes_too_long_is_stopped(lake: Lake) -> None:
    with pytest.raises(UnavailableError, match="stopped after"):
        lake.run_readonly(
            "SELECT sum(a.range * b.range) FROM range(1e7::BIGINT) a, range(1e7::BIGINT) b",
            seconds=0.2,
        )


def test_the_lake_a_reader_holds_stays_while_the_next_one_sees_the_new(lake: Lake) -> None:
    held = lake.snapshot()
    assert held.run("SELECT count(*) FROM facts")[1] == [(2,)]
    write_lake(lake.root, [charge("2026-10-05", 10)])
    assert held.run("SELECT count(*) FROM facts")[1] == [(2,)]
    assert lake.run("SELECT count(*) FROM facts")[1] == [(3,)]
    assert lake.manifest().sources() == ("aws",)


def test_readers_beside_an_ingest_see_the_old_total_or_the_new_one(lake: Lake) -> None:
    stop = threading.Event()

    def read() -> set[tuple[Decimal, Decimal]]:
        seen = set()
        while not stop.is_set():
            snapshot = lake.snapshot()
            totals = [
                snapshot.run(f"SELECT sum(effective_cost) FROM {table}")[1][0][0]
                for table in ("facts", "daily")
            ]
            seen.add((totals[0], totals[1]))
        return seen

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read) for _ in range(4)]
        for cost in range(10, 100, 10):
            write_lake(lake.root, [charge("2026-11-01", cost), charge("2026-10-01", cost)])
        stop.set()
        seen = set().union(*(reader.result() for reader in readers))
    possible = {Decimal(7), *(Decimal(2 * cost) for cost in range(10, 100, 10))}
    assert seen <= {(total, total) for total in possible}
    assert lake.run("SELECT sum(effective_cost) FROM resources")[1] == [(Decimal(180),)]


def test_a_file_that_vanished_is_reported_as_unavailable(lake: Lake) -> None:
    for file in lake.root.glob("*-facts.parquet"):
        file.unlink()
    with pytest.raises(UnavailableError, match="purser ingest"):
        lake.run("SELECT sum(effective_cost) FROM facts")


def test_only_files_with_days_asked_about_are_opened(lake: Lake) -> None:
    write_lake(lake.root, [charge("2026-10-05", 10), charge("2026-09-30", 1)])
    sql = "SELECT sum(effective_cost) FROM daily WHERE charge_day >= DATE '{}'"
    (october,) = (g for g in lake.manifest().generations if g.billing_period == date(2026, 10, 1))
    snapshot = lake.snapshot()
    assert snapshot.run(sql.format("2026-09-01"))[1] == [(Decimal(18),)]
    (lake.root / october.files["daily"][0]).unlink()
    november = [Period(date(2026, 11, 1), date(2026, 12, 1))]
    for _ in range(2):
        assert snapshot.run(sql.format("2026-11-01"), days=november)[1] == [(Decimal(7),)]
    with pytest.raises(UnavailableError):
        snapshot.run(sql.format("2026-09-01"))


def test_days_without_any_file_are_empty(lake: Lake) -> None:
    next_year = [Period(date(2027, 1, 1), date(2027, 2, 1))]
    sql = "SELECT count(*), sum(effective_cost) FROM daily WHERE charge_day >= DATE '2027-01-01'"
    assert lake.snapshot().run(sql, days=next_year)[1] == [(0, None)]


def test_many_threads_on_different_days_do_not_mix_them(lake: Lake) -> None:
    days = [date(2026, month, 1) for month in range(1, 11)]
    write_lake(lake.root, [charge(str(day), day.month) for day in days])
    snapshot = lake.snapshot()

    def ask(day: date) -> Decimal:
        sql = f"SELECT sum(effective_cost) FROM overview WHERE charge_day = DATE '{day}'"
        return snapshot.run(sql, days=[Period(day, day + DAY)])[1][0][0]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, days * 10)) == [day.month for day in days * 10]


def test_a_lake_loaded_before_there_was_an_overview_answers(lake: Lake) -> None:
    old = [
        replace(g, files={t: f for t, f in g.files.items() if t != "overview"})
        for g in lake.manifest().generations
    ]
    save(lake.root, lake.manifest().with_(old))
    write_lake(lake.root, [charge("2026-10-05", 10)])
    assert lake.run("SELECT sum(effective_cost) FROM overview")[1] == [(Decimal(17),)]


def test_values_with_quotes_stay_values(tmp_path: Path) -> None:
    odd = """it's "odd" \\ ; --"""
    write_lake(tmp_path, [charge("2026-11-01", 1, service=odd)])
    lake = Lake(tmp_path, LakeSettings())
    assert lake.run("SELECT service, charge_day FROM daily")[1] == [(odd, date(2026, 11, 1))]
