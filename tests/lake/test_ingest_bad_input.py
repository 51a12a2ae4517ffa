"""Bad input: one clear sentence, what can be read is read, what stood before still stands."""

import gzip
import zlib
from decimal import Decimal
from pathlib import Path

import pytest

from tests.lake.bills import Lake, april, row, write_csv, write_parquet
from tests.lake.scratch import scratch
from tools.core.errors import BadBillError

GOOD = [april(day, BilledCost="1", EffectiveCost="1") for day in range(1, 11)]
PARQUET = (
    "SELECT 1.0 AS BilledCost, 1.0 AS EffectiveCost, TIMESTAMP '2026-04-01' AS ChargePeriodStart,"
    " 'USD' AS BillingCurrency, hash(i)::VARCHAR AS ResourceId FROM range(20000) t(i)"
)


def _png(path: Path) -> None:
    data = zlib.compress(bytes(100))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + len(data).to_bytes(4, "big") + b"IHDR" + data)


def _truncated(path: Path) -> None:
    whole = write_parquet(path.with_name("whole.bin"), PARQUET).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def _scrambled(path: Path) -> None:
    """The footer is whole, the pages are not."""
    whole = bytearray(write_parquet(path.with_name("whole.bin"), PARQUET).read_bytes())
    whole[200 : len(whole) // 2] = bytes(len(whole) // 2 - 200)
    path.write_bytes(whole)


def _half_gzip(path: Path) -> None:
    text = write_csv(path.with_name("whole.bin"), GOOD * 5000).read_bytes()
    packed = gzip.compress(text)
    path.write_bytes(packed[: len(packed) // 2])


def _struct_cost(path: Path) -> None:
    write_parquet(
        path, "SELECT {'a': 1} AS BilledCost, TIMESTAMP '2026-04-01' AS ChargePeriodStart"
    )


def _number_date(path: Path) -> None:
    write_parquet(path, "SELECT 1.0 AS BilledCost, 20260401 AS ChargePeriodStart")


BAD = {
    "empty.csv": (lambda p: p.write_bytes(b""), r"empty\.csv is empty\."),
    "blank.csv": (lambda p: p.write_text("\n\n\n"), r"blank\.csv is empty\."),
    "header.csv": (
        lambda p: p.write_text("BilledCost,ChargePeriodStart,ServiceName\n"),
        r"header\.csv has a header and no rows\.",
    ),
    "none.parquet": (
        lambda p: write_parquet(p, PARQUET + " WHERE false"),
        r"none\.parquet has a header and no rows\.",
    ),
    "picture.csv": (_png, r"picture\.csv is not a bill"),
    "page.csv": (
        lambda p: p.write_text("<!DOCTYPE html>\n<html><body>Sign in, please</body></html>"),
        r"page\.csv is not a bill: its first line has no FOCUS columns \(it begins “<!DOCTYPE",
    ),
    "random.csv": (
        lambda p: p.write_text("a,b,c\n1,2,3\n"),
        r"random\.csv is not a bill: its first line has no FOCUS columns",
    ),
    "random.parquet": (
        lambda p: write_parquet(p, "SELECT 1 AS a, 2 AS b"),
        r"random\.parquet is not a bill: none of its columns is a FOCUS column",
    ),
    "truncated.parquet": (_truncated, r"truncated\.parquet is cut off or damaged"),
    "scrambled.parquet": (_scrambled, r"scrambled\.parquet cannot be read to its end"),
    "half.csv.gz": (_half_gzip, r"half\.csv\.gz (cannot be read to its end|is cut off)"),
    "fake.zip": (
        lambda p: p.write_bytes(b"PK\x03\x04nonsense"),
        r"fake\.zip is not a readable zip",
    ),
    "utf16.csv": (
        lambda p: p.write_text("BilledCost,ChargePeriodStart\n1,2026-04-01", encoding="utf-16"),
        r"utf16\.csv is UTF-16; save it as UTF-8",
    ),
    "costless.csv": (
        lambda p: write_csv(p, [row(BilledCost=None, EffectiveCost=None)]),
        r"costless\.csv has no cost column: neither BilledCost nor EffectiveCost",
    ),
    "dayless.csv": (
        lambda p: write_csv(p, [row(ChargePeriodStart=None)]),
        r"dayless\.csv has no column ChargePeriodStart",
    ),
    "struct.parquet": (_struct_cost, r"column BilledCost holds STRUCT\(.* where amounts are exp"),
    "number.parquet": (_number_date, r"column ChargePeriodStart holds INTEGER where dates are exp"),
    "huge.csv": (
        lambda p: write_csv(p, [row(BilledCost="9" * 26), row(BilledCost="9" * 26)]),
        r"huge\.csv: its amounts add up to more than 26 digits before the point",
    ),
    "hopeless.csv": (
        lambda p: write_csv(p, [row(BilledCost="many"), row(ChargePeriodStart="soon")]),
        r"hopeless\.csv: none of its 2 rows can be read; .*row 1: column BilledCost holds “many”",
    ),
}


@pytest.mark.parametrize("file", BAD)
def test_bad_file_is_one_sentence_and_what_stood_still_stands(
    file: str, tmp_path: Path, lake: Lake
) -> None:
    lake.load(write_csv(tmp_path / "good.csv", GOOD))
    before = (lake.root / "manifest.json").read_bytes()
    make, sentence = BAD[file]
    make(tmp_path / file)
    with pytest.raises(BadBillError, match=sentence) as caught:
        lake.load(tmp_path / file)
    assert "\n" not in caught.value.sentence
    assert "what stood before still stands" in caught.value.sentence
    assert (lake.root / "manifest.json").read_bytes() == before
    assert lake.totals()[0] == 10
    assert sorted(f.stem for f in (lake.root / "facts").iterdir()) == [
        g.id for g in lake.manifest().generations
    ]


def test_broken_file_in_a_folder_does_not_keep_the_others_out(tmp_path: Path, lake: Lake) -> None:
    write_csv(tmp_path / "bills" / "good.csv", GOOD)
    _truncated(tmp_path / "bills" / "bad.parquet")
    (tmp_path / "bills" / "other.csv").write_text("a,b\n1,2\n")
    report = lake.load(tmp_path / "bills")
    assert lake.units() == [("good", "2026-04")]
    assert "bad.parquet is cut off" in report.failed[0]
    assert "other.csv is not a bill" in report.left_out[0]


def test_reload_with_a_broken_file_keeps_the_loaded_one(tmp_path: Path, lake: Lake) -> None:
    bill = write_csv(tmp_path / "bill.csv", GOOD)
    lake.load(bill)
    bill.write_text("ChargePeriodStart,BilledCost\nsoon,many\n")
    with pytest.raises(BadBillError):
        lake.load(bill)
    assert lake.totals() == (10, Decimal(10), Decimal(10))


def _rejects(lake: Lake) -> list[tuple]:
    files = [str(f) for f in (lake.root / "rejects").iterdir()]
    with scratch() as db:
        return db.execute(f"FROM read_parquet({files}) ORDER BY row").fetchall()


def test_rows_that_cannot_be_read_are_counted_and_kept_aside(tmp_path: Path, lake: Lake) -> None:
    bill = [
        *GOOD,
        row(BilledCost="n/a"),
        row(EffectiveCost="1.2.3"),
        row(ChargePeriodStart="2026-13-45"),
        row(BilledCost="", EffectiveCost=""),
        row(ChargePeriodStart=""),
    ]
    report = lake.load(write_csv(tmp_path / "bill.csv", bill))
    assert (report.rows, report.rejected) == (10, 5)
    assert lake.manifest().generations[0].rejected == 5
    assert lake.totals()[0] == 10
    assert _rejects(lake) == [
        ("bill.csv", 11, "BilledCost", "n/a", "is not an amount"),
        ("bill.csv", 12, "EffectiveCost", "1.2.3", "is not an amount"),
        ("bill.csv", 13, "ChargePeriodStart", "2026-13-45", "is not a date"),
        ("bill.csv", 14, "BilledCost", None, "is empty"),
        ("bill.csv", 15, "ChargePeriodStart", None, "is empty"),
    ]
    assert report.notes[0] == (
        "bill.csv: 5 rows could not be read and are kept aside; the first is row 11: column "
        "BilledCost holds “n/a”, which is not an amount."
    )


def test_rows_of_parquet_that_cannot_be_read_are_kept_aside(tmp_path: Path, lake: Lake) -> None:
    bill = write_parquet(
        tmp_path / "bill.parquet",
        "SELECT * FROM (VALUES (1.0::DOUBLE, TIMESTAMP '2026-04-01'), ('NaN'::DOUBLE, TIMESTAMP "
        "'2026-04-02'), (3.0::DOUBLE, NULL)) AS t(BilledCost, ChargePeriodStart)",
    )
    report = lake.load(bill)
    assert (report.rows, report.rejected) == (1, 2)
    assert [r[1:3] for r in _rejects(lake)] == [(2, "BilledCost"), (3, "ChargePeriodStart")]


def test_lines_that_are_no_rows_are_kept_aside_with_their_text(tmp_path: Path, lake: Lake) -> None:
    bill = write_csv(tmp_path / "bill.csv", GOOD)
    lines = bill.read_text().splitlines()
    lines.insert(3, "1,2,3")
    lines.insert(6, lines[1] + ",one,too,many")
    lines.insert(8, lines[1].replace("1,1,", "oops,1,", 1))
    bill.write_text("\n".join(lines) + "\n")
    report = lake.load(bill)
    assert (report.rows, report.rejected) == (10, 3)
    kept = _rejects(lake)
    assert [r[1] for r in kept] == [3, 6, 8]
    assert kept[0][2:] == (None, "1,2,3", "has 3 fields, the header 11")
    assert kept[1][4] == "has 14 fields, the header 11"
    assert any("the first is row 3 has 3 fields, the header 11." in n for n in report.notes)
    assert kept[1][3].endswith(",one,too,many")
    assert kept[2][2:4] == ("BilledCost", "oops")


def test_unreadable_amount_of_no_cost_is_left_empty_and_told(tmp_path: Path, lake: Lake) -> None:
    bill = [april(1, ListCost="n/a"), april(2, ListCost="3")]
    report = lake.load(write_csv(tmp_path / "bill.csv", bill))
    assert lake.rows("SELECT list_cost FROM t ORDER BY charge_day") == [(None,), (Decimal(3),)]
    assert any("1 value of ListCost could not be read" in note for note in report.notes)


def test_nothing_at_the_path_is_one_sentence(tmp_path: Path, lake: Lake) -> None:
    with pytest.raises(BadBillError, match=r"There is nothing at .*gone\.csv; check the path"):
        lake.load(tmp_path / "gone.csv")


def test_focus_datasets_without_charges_are_left_out_by_name(tmp_path: Path, lake: Lake) -> None:
    write_csv(tmp_path / "bills" / "good.csv", GOOD)
    datasets = {
        "Contract Commitment": "ContractCommitmentId,ContractCommitmentType,BillingCurrency",
        "Billing Period": "BillingPeriodStart,BillingPeriodEnd,BillingPeriodStatus",
        "Invoice Detail": "InvoiceId,InvoiceDetailGrain,BilledCost,BillingCurrency",
    }
    for place, header in enumerate(datasets.values()):
        (tmp_path / "bills" / f"other{place}.csv").write_text(f"{header}\n1,2,3,4\n")
    report = lake.load(tmp_path / "bills")
    assert lake.totals()[0] == 10
    assert len(report.left_out) == 3
    for sentence, dataset in zip(report.left_out, datasets, strict=True):
        assert f"is a FOCUS {dataset} dataset: it holds no charges" in sentence


@pytest.mark.parametrize("twin", ["BilledCost", "billedcost", "Billed_Cost", "CHARGEPERIODSTART"])
def test_column_that_stands_twice_is_refused_by_name(twin: str, tmp_path: Path, lake: Lake) -> None:
    lines = write_csv(tmp_path / "bill.csv", GOOD).read_text().splitlines()
    (tmp_path / "bill.csv").write_text(
        "\n".join(f"{x},{y}" for x, y in zip(lines, [twin, *"9" * 10], strict=True))
    )
    with pytest.raises(BadBillError, match=rf"bill\.csv has the column {twin} twice"):
        lake.load(tmp_path / "bill.csv")


def test_column_of_parquet_that_differs_in_case_alone_is_refused(
    tmp_path: Path, lake: Lake
) -> None:
    select = PARQUET.replace("hash(i)::VARCHAR AS ResourceId", "2.0 AS billedcosX")
    bill = write_parquet(tmp_path / "bill.parquet", select)
    bill.write_bytes(bill.read_bytes().replace(b"billedcosX", b"billedcost"))
    with pytest.raises(BadBillError, match=r"has the column billedcost twice"):
        lake.load(bill)


def test_column_that_is_not_read_may_stand_twice(tmp_path: Path, lake: Lake) -> None:
    lines = write_csv(tmp_path / "bill.csv", GOOD).read_text().splitlines()
    (tmp_path / "bill.csv").write_text(
        "\n".join([f"{lines[0]},Mood,mood", *(f"{x},1,2" for x in lines[1:])])
    )
    assert lake.load(tmp_path / "bill.csv").rows == 10


def test_quotation_mark_in_the_middle_is_said_plainly(tmp_path: Path, lake: Lake) -> None:
    bill = write_csv(tmp_path / "bill.csv", GOOD)
    bill.write_text(bill.read_text().replace("AmazonEC2", '"Amazon"EC2', 1))
    report = lake.load(bill)
    assert (report.rows, report.rejected) == (9, 1)
    assert any("row 1 has a quotation mark that does not end." in note for note in report.notes)


@pytest.mark.parametrize("wrap", [bytes, gzip.compress])
def test_lines_that_are_not_utf8_are_read_as_windows_1252_and_told(
    wrap, tmp_path: Path, lake: Lake
) -> None:
    services = ["Übertragung", "Speicher", "Abfrage – groß", "Größe"]
    rows = [april(d, ServiceName=s, x_Größe="1") for d, s in enumerate(services, start=1)]
    bill = write_csv(tmp_path / "bill.csv", rows)
    lines = bill.read_text(encoding="utf-8").splitlines(keepends=True)
    mixed = [line.encode("utf-8" if "Größe" in line else "cp1252") for line in lines[1:]]
    bill.write_bytes(wrap(lines[0].encode("cp1252") + b"".join(mixed)))
    report = lake.load(bill)
    assert report.rejected == 0
    assert lake.rows("SELECT service FROM t ORDER BY charge_day") == [(s,) for s in services]
    assert "bill.csv: 3 lines not in UTF-8 read as Windows-1252." in report.repaired


def test_compressed_lines_that_are_not_utf8_and_cannot_be_read_are_kept_aside(
    tmp_path: Path, lake: Lake
) -> None:
    rows = [april(1), april(2, ServiceName="Größe")]
    bill = write_csv(tmp_path / "bill.csv.zst", rows)
    text = bill.read_text(encoding="utf-8").encode("cp1252")
    sizes = (len(text) - 256).to_bytes(2, "little") + (len(text) << 3 | 1).to_bytes(3, "little")
    bill.write_bytes(b"\x28\xb5\x2f\xfd\x60" + sizes + text)  # a zstd frame of one raw block
    report = lake.load(bill)
    assert (report.rows, report.rejected) == (1, 1)
    assert any("row 2 is not UTF-8" in note for note in report.notes)
