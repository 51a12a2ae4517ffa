"""Bills out of a bucket: what is fetched, what is not, and what stands when it moves."""

import time
from decimal import Decimal

import pytest

from tests.landing.conftest import Store
from tests.landing.proxies import cut, flipped
from tools.core.errors import UnavailableError

pytestmark = pytest.mark.thorough

DATA = "focus/export/data/BILLING_PERIOD=2026-04"
OLD, NEW = "2026-04-10T03:00:00.000Z-aaaa", "2026-04-11T03:00:00.000Z-bbbb"


def test_bills_of_a_bucket_are_loaded_as_files_are(store: Store):
    store.bill("focus/a.csv", 1, 2)
    store.bill("focus/b/c.csv", 3)
    store.bill("elsewhere/d.csv", 4)
    report = store.ingest()
    assert (report.rows, report.failures) == (3, ())
    assert store.lake.units() == [("a", "2026-04"), ("b/c", "2026-04")]
    assert sorted(store.proxy.gets()) == ["focus/a.csv", "focus/b/c.csv"]


def test_only_changed_objects_are_fetched_again(store: Store):
    store.bill("focus/a.csv", 1)
    store.bill("focus/b.csv", 2)
    store.ingest()
    report = store.ingest()
    assert (store.proxy.gets(), len(report.unchanged)) == ([], 2)
    store.bill("focus/b.csv", 2, 3)
    report = store.ingest()
    assert store.proxy.gets() == ["focus/b.csv"]
    assert (len(report.loaded), len(report.unchanged)) == (1, 1)
    assert store.lake.totals()[0] == 3


def test_a_restated_object_replaces_what_stood(store: Store):
    store.bill("focus/a.csv", 1, 2, cost="1")
    store.ingest()
    store.bill("focus/a.csv", 1, 2, cost="3")
    store.ingest()
    assert store.lake.totals() == (2, Decimal(6), Decimal(6))


def test_a_listing_of_many_pages_is_read_to_its_end(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "2")
    for day in range(1, 6):
        store.bill(f"focus/{day}.csv", day)
    assert store.ingest().rows == 5
    lists = [path for _, path in store.proxy.asked if "list-type=2" in path]
    assert len(lists) == 6  # three pages before, three after what was fetched


def test_one_object_may_be_named_itself(store: Store):
    store.prefix = "focus/a.csv"
    store.bill("focus/a.csv", 1)
    store.bill("focus/a.csv.old.csv", 2)
    assert store.ingest().rows == 1
    assert store.landed() == ["a.csv"]


def test_of_an_export_only_the_newest_runs_files_are_fetched(store: Store):
    store.bill(f"{DATA}/{OLD}/part.csv", 1, 2, 3)
    store.bill(f"{DATA}/{NEW}/part.csv", 1, 2)
    store.manifest(f"{OLD}/part.csv", run=OLD)
    store.manifest(f"{NEW}/part.csv", run=NEW)
    report = store.ingest()
    fetched = [key for key in store.proxy.gets() if key.endswith(".csv")]
    assert fetched == [f"{DATA}/{NEW}/part.csv"]
    assert report.left_out == (
        "export 2026-04: 1 file of earlier runs left out; the newest run counts.",
    )
    assert store.lake.units() == [("export", "2026-04")]
    assert store.lake.totals()[0] == 2


def test_a_new_run_takes_the_place_of_the_old_one_on_disk_too(store: Store):
    store.bill(f"{DATA}/{OLD}/part.csv", 1, 2)
    store.manifest(f"{OLD}/part.csv", run=OLD)
    store.ingest()
    store.bill(f"{DATA}/{NEW}/part.csv", 1, 2, 3)
    store.manifest(f"{NEW}/part.csv", run=NEW)
    report = store.ingest()
    assert store.lake.totals()[0] == 3
    assert [path for path in store.landed() if path.endswith(".csv")] == [
        f"export/data/BILLING_PERIOD=2026-04/{NEW}/part.csv"
    ]
    assert not [note for note in report.notes if "gone" in note]


def test_the_prefix_may_be_the_export_itself(store: Store):
    store.prefix = "focus/export"
    store.bill(f"{DATA}/{OLD}/part.csv", 1)
    store.manifest(f"{OLD}/part.csv", run=OLD)
    store.ingest()
    assert store.lake.units() == [("aws", "2026-04")]
    store.manifest(f"{NEW}/part.csv", run=NEW)
    (said,) = store.ingest().failed
    assert said.startswith("aws 2026-04: its manifest names s3://")
    assert store.lake.totals()[0] == 1


def test_a_manifest_before_its_files_leaves_what_stood(store: Store):
    store.bill(f"{DATA}/{OLD}/part.csv", 1, 2)
    store.manifest(f"{OLD}/part.csv", run=OLD)
    store.bill("focus/lone.csv", 5)
    store.ingest()
    store.manifest(f"{NEW}/part.csv", run=NEW)
    store.bill("focus/lone.csv", 5, 6)
    report = store.ingest()
    assert report.failed == (
        f"export 2026-04: its manifest names s3://{store.name}/{DATA}/{NEW}/part.csv, which is "
        "not in the bucket. What stood before still stands; if the export was being written, the "
        "next ingest reads it.",
    )
    assert store.lake.totals()[0] == 4  # the export's two, and the lone bill's new two
    store.bill(f"{DATA}/{NEW}/part.csv", 1, 2, 3)
    store.manifest(f"{NEW}/part.csv", run=NEW)
    assert store.ingest().failed == ()
    assert store.lake.totals()[0] == 5


def test_an_export_that_is_overwritten_right_now_leaves_what_stood(store: Store):
    store.bill(f"{DATA}/part-1.csv", 1, 2)
    store.bill(f"{DATA}/part-2.csv", 3, 4)
    store.manifest("part-1.csv", "part-2.csv")
    store.ingest()
    time.sleep(1.1)  # S3 tells times by the second
    store.bill(f"{DATA}/part-1.csv", 1, 2, cost="9")
    report = store.ingest()
    assert report.notes == (
        "export 2026-04 is being written: 1 file is newer than its manifest. What stood before "
        "still stands; the next ingest reads it.",
    )
    assert report.failures == ()
    assert store.lake.totals()[1] == 6
    store.manifest("part-1.csv", "part-2.csv")
    store.ingest()
    assert store.lake.totals()[1] == 21


def test_an_object_changed_between_listing_and_reading_is_listed_anew(store: Store):
    store.bill("focus/a.csv", 1)
    store.bill("focus/b.csv", 2)
    store.proxy.meanwhile("b.csv", lambda: store.bill("focus/b.csv", 2, 3))
    report = store.ingest()
    assert (report.rows, report.failures) == (3, ())


def test_an_object_changed_after_it_was_read_is_read_again(store: Store):
    store.bill("focus/a.csv", 1)
    store.bill("focus/b.csv", 2)
    store.proxy.meanwhile("b.csv", lambda: store.bill("focus/a.csv", 1, 4))
    assert store.ingest().rows == 3
    assert store.proxy.gets().count("focus/a.csv") == 2


def test_a_bucket_that_never_stands_still_leaves_what_stood(store: Store):
    store.bill("focus/a.csv", 1)
    store.ingest()

    def again() -> None:
        store.bill("focus/a.csv", 1, cost=str(time.time_ns()))
        store.proxy.meanwhile("a.csv", again)

    again()
    with pytest.raises(UnavailableError) as caught:
        store.ingest()
    assert caught.value.sentence == (
        f"s3://{store.name}/focus is being written to; try again later. What stood before still "
        "stands."
    )
    assert store.lake.totals() == (1, Decimal("1.5"), Decimal("1.5"))


@pytest.mark.parametrize("fault", [cut, flipped])
def test_a_body_that_is_cut_or_wrong_is_read_again(store: Store, fault):
    store.bill("focus/a.csv", *range(1, 20))
    store.proxy.trouble("a.csv", fault)
    report = store.ingest()
    assert (report.rows, report.failures) == (19, ())
    assert store.proxy.gets() == ["focus/a.csv"] * 2


def test_a_body_that_is_always_cut_is_one_sentence_and_half_of_nothing_is_kept(store: Store):
    store.bill("focus/a.csv", 1)
    store.ingest()
    store.bill("focus/a.csv", 1, 2, 3)
    store.proxy.trouble("a.csv", cut, times=3)
    with pytest.raises(UnavailableError) as caught:
        store.ingest()
    assert caught.value.sentence == (
        f"s3://{store.name}/focus: focus/a.csv was cut off 3 times on its way; try again later. "
        "What stood before still stands."
    )
    assert store.lake.totals()[0] == 1
    assert not (store.source.path / ".incoming").exists()
    assert store.ingest().rows == 3


def test_a_deleted_object_leaves_what_was_loaded_of_it(store: Store):
    store.bill("focus/a.csv", 1)
    store.bill("focus/b.csv", 2)
    store.ingest()
    store.delete("focus/b.csv")
    report = store.ingest()
    assert report.notes == (
        f"1 object is gone from s3://{store.name}/focus; what was loaded before still stands.",
    )
    assert store.lake.totals()[0] == 2
    assert store.landed() == ["a.csv"]
    assert store.ingest().notes == ()


def test_a_landed_file_that_was_lost_is_fetched_again(store: Store):
    store.bill("focus/a.csv", 1)
    store.ingest()
    (store.source.path / "a.csv").unlink()
    (store.source.path / ".landing.json").write_text("{not json")
    store.ingest()
    assert store.proxy.gets() == ["focus/a.csv"]


def test_names_that_lead_out_of_the_folder_are_left(store: Store):
    store.bill("focus/a.csv", 1)
    for key in ("focus//b.csv", "focus/x\\b.csv", "focus/" + "n" * 300 + ".csv"):
        store.bill(key, 2)
    report = store.ingest()
    assert report.rows == 1
    assert report.left_out == (
        f"3 objects of s3://{store.name}/focus cannot be a file's name here.",
    )


def test_a_name_that_is_a_folder_too_is_left_and_keeps_nothing_else_out(store: Store):
    store.bill("focus/a.csv", 1)
    store.bill("focus/a.csv/b.csv", 2)
    report = store.ingest()
    assert (store.landed(), report.rows) == (["a.csv/b.csv"], 1)
    assert report.left_out == (
        f"1 object of s3://{store.name}/focus cannot be a file's name here.",
    )
    store.delete("focus/a.csv/b.csv")
    store.ingest()
    assert store.landed() == ["a.csv"]
