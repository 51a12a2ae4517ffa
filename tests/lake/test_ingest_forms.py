"""The many ways one and the same bill is written."""

import gzip
import subprocess
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.lake.bills import Lake, april, row, write_csv, write_parquet
from tests.lake.scratch import scratch
from tools.core.errors import BadBillError, ConfigError
from tools.lake import schema

BILL = [april(1), april(2, BilledCost="2.5", EffectiveCost="-0.5", ResourceId="i-2")]
TOTALS = (2, Decimal("4.0"), Decimal("0.75"))


def _as_parquet(path: Path, csv: Path, *, kinds: str = "", codec: str = "snappy") -> Path:
    with scratch() as db:
        db.execute(
            f"COPY (SELECT * {kinds} FROM read_csv('{csv}', all_varchar=true)) TO '{path}' "
            f"(FORMAT parquet, COMPRESSION {codec})"
        )
    return path


def _variants(folder: Path) -> dict[str, Path]:
    plain = write_csv(folder / "bill.csv", BILL)
    text = plain.read_bytes()
    (folder / "bill.csv.gz").write_bytes(gzip.compress(text))
    (folder / "really-gzip.csv").write_bytes(gzip.compress(text))
    (folder / "bom.csv").write_bytes(b"\xef\xbb\xbf" + text)
    (folder / "semicolons.csv").write_bytes(text.replace(b",", b";"))
    (folder / "tabs.csv").write_bytes(text.replace(b",", b"\t"))
    (folder / "unix.csv").write_bytes(text.replace(b"\r\n", b"\n"))
    (folder / "blank-lines.csv").write_bytes(text.replace(b"\r\n", b"\r\n\r\n"))
    with zipfile.ZipFile(folder / "bill.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(plain, "bill.csv")
    with scratch() as db:
        db.execute(
            f"COPY (FROM read_csv('{plain}', all_varchar=true)) TO '{folder}/bill.csv.zst' "
            "(FORMAT csv, COMPRESSION zstd, HEADER)"
        )
    for codec in ("snappy", "zstd", "gzip", "uncompressed"):
        _as_parquet(folder / f"{codec}.parquet", plain, codec=codec)
    typed = (
        "REPLACE (BilledCost::DOUBLE AS BilledCost, EffectiveCost::DECIMAL(20,10) AS EffectiveCost,"
        " ChargePeriodStart::TIMESTAMPTZ AS ChargePeriodStart,"
        " BillingPeriodStart::TIMESTAMP AS BillingPeriodStart,"
        " BillingPeriodEnd::TIMESTAMP_NS AS BillingPeriodEnd)"
    )
    _as_parquet(folder / "typed.parquet", plain, kinds=typed)
    return {path.name: path for path in folder.iterdir()}


TEXTS = """bill.csv bill.csv.gz bill.csv.zst bill.zip really-gzip.csv bom.csv semicolons.csv
tabs.csv unix.csv blank-lines.csv"""
PARQUETS = "snappy.parquet zstd.parquet gzip.parquet uncompressed.parquet typed.parquet"


@pytest.mark.parametrize("file", [*TEXTS.split(), *PARQUETS.split()])
def test_every_wrapping_gives_the_same_totals(file: str, tmp_path: Path, lake: Lake) -> None:
    path = _variants(tmp_path / "bills")[file]
    report = lake.load(path)
    assert lake.totals() == TOTALS
    assert (report.rejected, report.failures) == (0, ())
    assert lake.units() == [(path.name.split(".")[0], "2026-04")]


def test_files_have_exactly_the_schema(tmp_path: Path, lake: Lake) -> None:
    lake.load(write_csv(tmp_path / "bill.csv", [april(1, Tags='{"team": "ml"}')]))
    for table, columns in (
        ("facts", schema.FACTS),
        ("resources", schema.RESOURCES),
        ("daily", schema.DAILY),
        ("overview", schema.OVERVIEW),
        ("tag_sets", schema.TAG_SETS),
    ):
        described = lake.rows("SELECT column_name, column_type FROM (DESCRIBE t)", table)
        assert dict(described) == dict(columns)


@pytest.mark.parametrize("change", [str.lower, str.upper, lambda c: c.replace("Cost", "_Cost")])
def test_column_names_in_any_case(change, tmp_path: Path, lake: Lake) -> None:
    bill = [{change(column): value for column, value in line.items()} for line in BILL]
    lake.load(write_csv(tmp_path / "bill.csv", bill))
    assert lake.totals() == TOTALS


def test_missing_columns_stay_empty_and_extra_ones_do_no_harm(tmp_path: Path, lake: Lake) -> None:
    bill = [april(1, ServiceName=None, ResourceId=None, Mood="fine", x_Mood="good")]
    report = lake.load(write_csv(tmp_path / "bill.csv", bill))
    assert lake.rows("SELECT service, resource_id, region, list_cost FROM t") == [(None,) * 4]
    assert "bill.csv has no ServiceName, ListCost, ContractedCost; left empty." in report.notes


def test_null_as_text_is_nothing(tmp_path: Path, lake: Lake) -> None:
    bill = [april(1, ServiceName="NULL", ResourceId="null", ChargeClass="", ListCost="NULL")]
    report = lake.load(write_csv(tmp_path / "bill.csv", bill))
    found = lake.rows("SELECT service, resource_id, charge_class, list_cost FROM t")
    assert found == [(None, None, None, None)]
    assert report.rejected == 0


def test_null_as_text_in_parquet_is_nothing(tmp_path: Path, lake: Lake) -> None:
    csv = write_csv(tmp_path / "b.csv", [april(1, ServiceName="NULL", Tags="NULL")])
    lake.load(_as_parquet(tmp_path / "bill.parquet", csv))
    assert lake.rows("SELECT service, tag_hash FROM t") == [(None, 0)]


@pytest.mark.parametrize(
    ("names", "provider"),
    [
        ({"ProviderName": "AWS", "PublisherName": "Datadog"}, "AWS"),
        (
            {"ProviderName": None, "ServiceProviderName": "OpenAI", "HostProviderName": "Az"},
            "OpenAI",
        ),
        ({"ProviderName": None, "HostProviderName": "Azure"}, "Azure"),
        ({"ProviderName": None, "PublisherName": "Datadog"}, "Datadog"),
        ({"ProviderName": None}, None),
    ],
)
def test_provider_comes_from_whatever_the_version_calls_it(
    names: dict, provider: str | None, tmp_path: Path, lake: Lake
) -> None:
    lake.load(write_csv(tmp_path / "bill.csv", [april(1, **names)]))
    assert lake.rows("SELECT provider FROM t") == [(provider,)]


TAG_FORMS = [
    '{"team": "ml", "env": "prod"}',
    '"team": "ml","env": "prod"',
    "{'team': 'ml', 'env': 'prod'}".replace("'", '"'),
    '[{"key": "team", "value": "ml"}, {"key": "env", "value": "prod"}]',
    '[{"Key": "team", "Value": "ml"}, {"Key": "env", "Value": "prod"}]',
    "team=ml;env=prod",
    "team=ml; env=prod;",
    "team:ml|env:prod",
    "{team=ml, env=prod}",
]


@pytest.mark.parametrize("text", TAG_FORMS)
def test_tags_as_text_of_any_form(text: str, tmp_path: Path, lake: Lake) -> None:
    lake.load(write_csv(tmp_path / "bill.csv", [april(1, Tags=text)]))
    found = lake.rows("SELECT tags FROM t", "tag_sets")
    assert found == [({"team": "ml", "env": "prod"},)]
    assert lake.rows("SELECT tag_hash FROM t") == lake.rows("SELECT tag_hash FROM t", "tag_sets")


@pytest.mark.parametrize(
    "sql",
    [
        "MAP {'team': 'ml', 'env': 'prod'}",
        "[{'key': 'team', 'value': 'ml'}, {'key': 'env', 'value': 'prod'}]",
        "[{'key': 'team', 'value': 'ml'}, {'key': 'env', 'value': 'prod'}, "
        "{'key': 'team', 'value': 'second'}]",
        '\'{"team": "ml", "env": "prod"}\'::JSON',
    ],
)
def test_tags_as_values_of_any_type(sql: str, tmp_path: Path, lake: Lake) -> None:
    bill = write_parquet(
        tmp_path / "bill.parquet",
        "SELECT 1.5 AS BilledCost, 1.5 AS EffectiveCost, TIMESTAMP '2026-04-01' AS "
        f"ChargePeriodStart, {sql} AS Tags, 'USD' AS BillingCurrency",
    )
    lake.load(bill)
    assert lake.rows("SELECT tags FROM t", "tag_sets") == [({"team": "ml", "env": "prod"},)]


def test_tag_keys_are_kept_as_in_the_bill(tmp_path: Path, lake: Lake) -> None:
    lake.load(write_csv(tmp_path / "bill.csv", [april(1, Tags='{" org": "a", "org": "b"}')]))
    assert lake.rows("SELECT tags FROM t", "tag_sets") == [({" org": "a", "org": "b"},)]


def test_untagged_rows_have_hash_zero(tmp_path: Path, lake: Lake) -> None:
    forms = ["", "{}", "[]", "NULL"]
    bill = [april(1, Tags=text, ResourceId=text) for text in forms]
    lake.load(write_csv(tmp_path / "bill.csv", bill))
    assert lake.rows("SELECT DISTINCT tag_hash FROM t") == [(0,)]
    assert lake.rows("FROM t", "tag_sets") == []


def test_tags_nobody_can_read_are_told_and_the_cost_is_kept(tmp_path: Path, lake: Lake) -> None:
    report = lake.load(write_csv(tmp_path / "bill.csv", [april(1, Tags="just words")]))
    assert lake.totals()[0] == 1
    assert any("1 set of tags could not be read" in note for note in report.notes)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$1,234.50 ", "1234.50"),
        ("($12.00)", "-12"),
        ("-$3.25", "-3.25"),
        ("$-3.25", "-3.25"),
        ("3.25-", "-3.25"),
        ("US$7.10", "7.10"),
        ("12.5 USD", "12.5"),
        ("USD 12.5", "12.5"),
        ("1'234.50", "1234.50"),
        ("1e-7", "0.0000001"),
        ("$1,200", "1200"),
    ],
)
def test_dressed_amount_is_read_and_told(text: str, value: str, tmp_path: Path, lake: Lake) -> None:
    bill = [april(1, BilledCost=text), april(2, BilledCost="$0.25")]
    report = lake.load(write_csv(tmp_path / "bill.csv", bill))
    assert lake.rows("SELECT billed_cost FROM t WHERE charge_day = '2026-04-01'") == [
        (Decimal(value),)
    ]
    assert any("had currency signs, separators or parentheses" in r for r in report.repaired)


def test_separator_is_taken_once_another_amount_proves_it(tmp_path: Path, lake: Lake) -> None:
    bill = [april(1, BilledCost="1,234", EffectiveCost="12.50")]
    lake.load(write_csv(tmp_path / "bill.csv", bill))
    assert lake.totals() == (1, Decimal(1234), Decimal("12.5"))


def test_decimal_comma_is_taken_where_the_file_proves_it(tmp_path: Path, lake: Lake) -> None:
    costs = ["1.234,50", "0,5", "1.234", "7"]
    bill = [april(1, BilledCost=c, EffectiveCost="1", ResourceId=c) for c in costs]
    lake.load(write_csv(tmp_path / "bill.csv", bill))
    found = lake.rows("SELECT billed_cost FROM t ORDER BY 1 DESC")
    assert found == [(Decimal("1234.5"),), (Decimal(1234),), (Decimal(7),), (Decimal("0.5"),)]


def test_amount_that_reads_two_ways_is_kept_aside(tmp_path: Path, lake: Lake) -> None:
    bill = [april(1, BilledCost=cost, EffectiveCost="5") for cost in ("1,234", "5")]
    report = lake.load(write_csv(tmp_path / "bill.csv", bill))
    assert (report.rows, report.rejected) == (1, 1)
    assert any("row 1: column BilledCost holds “1,234”" in note for note in report.notes)


DATES = [
    ("2026-04-02", datetime(2026, 4, 2)),
    ("2026-04-02 00:00:00 UTC", datetime(2026, 4, 2)),
    ("2026-04-02T10:00:00Z", datetime(2026, 4, 2, 10)),
    ("2026-04-02T10:00:00.000Z", datetime(2026, 4, 2, 10)),
    ("2026-04-02T01:00:00+02:00", datetime(2026, 4, 1, 23)),
    ("2026-04-02T01:00:00+0200", datetime(2026, 4, 1, 23)),
    ("2026/04/02", datetime(2026, 4, 2)),
    ("20260402", datetime(2026, 4, 2)),
    ("2-Apr-2026", datetime(2026, 4, 2)),
]


@pytest.mark.parametrize(("text", "moment"), DATES)
def test_other_dates_are_read_in_utc(
    text: str, moment: datetime, tmp_path: Path, lake: Lake
) -> None:
    lake.load(write_csv(tmp_path / "bill.csv", [row(ChargePeriodStart=text)]))
    assert lake.rows("SELECT charge_start, charge_day FROM t") == [(moment, moment.date())]


def _slashed(start: str, end: str, charge: str, **changes: str | None) -> dict[str, str]:
    return row(BillingPeriodStart=start, BillingPeriodEnd=end, ChargePeriodStart=charge, **changes)


def test_month_first_is_taken_when_it_alone_gives_whole_months(tmp_path: Path, lake: Lake) -> None:
    bill = [_slashed("4/1/26", "5/1/26", "4/2/26", ChargePeriodEnd="4/3/26")]
    report = lake.load(write_csv(tmp_path / "bill.csv", bill))
    assert lake.rows("SELECT charge_day, billing_period FROM t") == [
        (date(2026, 4, 2), date(2026, 4, 1))
    ]
    assert "bill.csv: dates read as month/day/year." in report.repaired


def test_day_first_is_taken_when_it_alone_gives_whole_months(tmp_path: Path, lake: Lake) -> None:
    bill = [_slashed("01.04.2026", "01.05.2026 00:00", "02.04.2026", ChargePeriodEnd="3.4.2026")]
    report = lake.load(write_csv(tmp_path / "bill.csv", bill))
    assert lake.rows("SELECT charge_day FROM t") == [(date(2026, 4, 2),)]
    assert "bill.csv: dates read as day/month/year." in report.repaired


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("1/1/26", "1/1/27"),  # whole months either way
        ("4/2/26", "5/2/26"),  # by neither
        ("4/1/26", "13/1/26"),  # one end by neither
    ],
)
def test_order_of_day_and_month_that_cannot_be_told_is_one_sentence(
    start: str, end: str, tmp_path: Path, lake: Lake
) -> None:
    bill = write_csv(tmp_path / "bill.csv", [_slashed(start, end, "4/5/26")])
    with pytest.raises(BadBillError, match=r"bill\.csv writes dates as .*whole months"):
        lake.load(bill)


def test_end_of_charge_that_is_no_date_is_left_empty(tmp_path: Path, lake: Lake) -> None:
    bill = [april(1, ChargePeriodEnd="2026-05-01T30:00:00Z"), april(2)]
    report = lake.load(write_csv(tmp_path / "bill.csv", bill))
    assert lake.totals()[0] == 2
    assert any("1 value of ChargePeriodEnd could not be read" in note for note in report.notes)


@pytest.mark.parametrize(
    ("absent", "note"),
    [
        ("EffectiveCost", "bill.csv has no EffectiveCost; it is taken as billed."),
        ("BilledCost", "bill.csv has no BilledCost; it is taken as effective."),
    ],
)
def test_the_one_cost_there_is_stands_for_both_and_is_told(
    absent: str, note: str, tmp_path: Path, lake: Lake
) -> None:
    report = lake.load(write_csv(tmp_path / "bill.csv", [april(1, **{absent: None})]))
    _, billed, effective = lake.totals()
    assert billed == effective != 0
    assert note in report.notes


def test_currency_is_empty_until_configuration_fills_it(tmp_path: Path, lake: Lake) -> None:
    bill = write_csv(tmp_path / "bill.csv", [april(1, BillingCurrency=None)])
    report = lake.load(bill)
    assert lake.rows("SELECT currency FROM t") == [(None,)]
    assert any("no BillingCurrency" in note for note in report.notes)
    report = lake.load(bill, fill={"currency": "EUR"})
    assert lake.rows("SELECT currency FROM t") == [("EUR",)]
    assert not any("BillingCurrency" in note for note in report.notes)


def test_fill_reaches_only_what_is_empty(tmp_path: Path, lake: Lake) -> None:
    bill = [april(1, BillingCurrency=""), april(2, BillingCurrency="USD")]
    lake.load(write_csv(tmp_path / "bill.csv", bill), fill={"currency": "EUR"})
    assert lake.rows("SELECT currency FROM t ORDER BY charge_day") == [("EUR",), ("USD",)]


def test_fill_gives_what_a_vendor_leaves_out(tmp_path: Path, lake: Lake) -> None:
    bill = write_csv(tmp_path / "bill.csv", [april(1, ProviderName=None)])
    lake.load(bill, fill={"provider": "OpenAI", "model": "gpt-5", "region": "global"})
    assert lake.rows("SELECT provider, model, region FROM t") == [("OpenAI", "gpt-5", "global")]


def test_fill_of_what_cannot_be_filled_is_refused(tmp_path: Path, lake: Lake) -> None:
    bill = write_csv(tmp_path / "bill.csv", [april(1)])
    with pytest.raises(ConfigError, match="cannot fill billed_cost; it can fill "):
        lake.load(bill, fill={"billed_cost": "1"})


def test_row_without_one_of_the_costs_is_told(tmp_path: Path, lake: Lake) -> None:
    bill = [april(1, EffectiveCost=""), april(2)]
    report = lake.load(write_csv(tmp_path / "bill.csv", bill))
    assert lake.totals() == (2, Decimal(3), Decimal("1.25"))
    assert "bill.csv: 1 row has no effective cost; nothing is added for them." in report.notes


def test_credits_and_corrections_keep_their_sign(tmp_path: Path, lake: Lake) -> None:
    bill = [
        april(1, BilledCost="10", EffectiveCost="10"),
        april(2, BilledCost="-4", EffectiveCost="-4", ChargeCategory="Credit"),
        april(3, BilledCost="-1", EffectiveCost="-1", ChargeClass="Correction"),
    ]
    for line in bill:
        line.setdefault("ChargeClass", "")
    lake.load(write_csv(tmp_path / "bill.csv", bill))
    assert lake.totals() == (3, Decimal(5), Decimal(5))


def test_currencies_are_never_summed(tmp_path: Path, lake: Lake) -> None:
    bill = [april(1), april(1, BillingCurrency="EUR"), april(1, BillingCurrency=" usd ")]
    report = lake.load(write_csv(tmp_path / "bill.csv", bill))
    found = {(p.provider, p.currency): p.billed for p in report.loaded[0].providers}
    assert found == {("AWS", "USD"): Decimal(3), ("AWS", "EUR"): Decimal("1.5")}
    assert lake.manifest().generations[0].billed == {"USD": Decimal(3), "EUR": Decimal("1.5")}
    assert len(lake.rows("FROM t", "daily")) == 2


def test_bills_load_where_the_path_has_quotes_and_spaces(tmp_path: Path, lake: Lake) -> None:
    lake.load(write_csv(tmp_path / "Ann's bills" / "my bill.csv", BILL))
    assert lake.totals() == TOTALS
    assert lake.units() == [("my bill", "2026-04")]


def test_import_of_the_ingest_is_light() -> None:
    code = "import sys, tools.lake.ingest; sys.exit('duckdb' in sys.modules)"
    assert subprocess.run([__import__("sys").executable, "-c", code], check=False).returncode == 0


def test_charge_that_ends_before_it_begins_is_kept_and_told(tmp_path: Path, lake: Lake) -> None:
    backwards = april(5, ChargePeriodEnd="2026-04-04T00:00:00Z")
    instant = april(6, ChargePeriodEnd="2026-04-06T00:00:00Z")
    report = lake.load(write_csv(tmp_path / "bill.csv", [april(1), backwards, instant]))
    assert report.rows == 3
    note = "bill.csv: 1 charge ends before it begins; it is kept on the day it begins."
    assert [n for n in report.notes if "before" in n] == [note]
