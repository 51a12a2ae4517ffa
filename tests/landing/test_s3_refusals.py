"""A bucket that refuses: one sentence that says what to do, and what stood stands."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.lake.bills import NOW, april, write_csv
from tests.landing.conftest import Store
from tests.landing.proxies import status
from tools.core.clock import FixedClock
from tools.core.errors import InputError, PurserError, UnavailableError
from tools.core.settings import Bucket, Source
from tools.lake.ingest import ingest_sources
from tools.landing.land import check

pytestmark = pytest.mark.thorough
STANDS = "What stood before still stands."
REGION = "the bucket is in another region; name it in region"


def said(store: Store) -> str:
    """What a second ingest says; the first went well."""
    try:
        report = store.ingest()
    except PurserError as error:
        return error.sentence
    assert len(report.failures) == 1
    return report.failures[0]


@pytest.mark.parametrize(
    ("code", "error", "sentence"),
    [
        (403, "AccessDenied", "access denied; the rights that Purser needs are in "
         "deploy/s3-read-policy.json"),
        (403, "InvalidAccessKeyId", "AWS does not know the access key; check the credentials"),
        (403, "SignatureDoesNotMatch",
         "AWS does not accept the secret key; check the credentials"),
        (400, "ExpiredToken", "the credentials have expired; sign in again"),
        (403, "RequestTimeTooSkewed", "this machine's clock is wrong; set it"),
        (400, "AuthorizationHeaderMalformed", REGION),
        (400, "SomethingNew", "AWS refused (SomethingNew); check the settings"),
    ],
)  # fmt: skip
def test_each_refusal_has_its_sentence(store: Store, code: int, error: str, sentence: str):
    store.bill("focus/a.csv", 1)
    store.ingest()
    store.proxy.trouble("list-type=2", status(code, error))
    assert said(store) == f"s3://{store.name}/focus: {sentence}. {STANDS}"
    assert store.lake.totals()[0] == 1


def test_a_bucket_that_is_not_there_is_named(store: Store):
    store.name = f"{store.name}-not"
    assert said(store) == (
        f"s3://{store.name}/focus: there is no such bucket; check the name in s3. {STANDS}"
    )


def test_throttling_is_waited_for(store: Store):
    store.bill("focus/a.csv", 1)
    store.proxy.trouble("a.csv", status(503, "SlowDown"))
    assert store.ingest().rows == 1
    assert store.proxy.gets() == ["focus/a.csv"] * 2


def test_throttling_without_end_is_one_sentence(store: Store):
    store.proxy.trouble("list-type=2", status(503, "SlowDown"))
    with pytest.raises(UnavailableError) as caught:
        check(store.source, clock=FixedClock(NOW))
    assert caught.value.sentence == (
        f"s3://{store.name}/focus: AWS is busy and asks to slow down; try again later. {STANDS}"
    )


def test_no_credentials_are_one_sentence(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert said(store) == (
        f"s3://{store.name}/focus: there are no AWS credentials; set AWS_PROFILE or name a "
        f"profile. {STANDS}"
    )


def test_a_profile_that_is_not_there_is_one_sentence(store: Store):
    store.extra = {"profile": "nobody"}
    assert said(store) == (
        f"s3://{store.name}/focus: there is no such AWS profile; check profile. {STANDS}"
    )


def test_a_role_is_taken_on(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", store.proxy.url)
    store.extra = {"role_arn": "arn:aws:iam::111122223333:role/purser-read"}
    store.bill("focus/a.csv", 1)
    assert store.ingest().rows == 1
    assert ("POST", "/") in store.proxy.asked
    store.proxy.trouble("/", status(403, "AccessDenied"))
    assert said(store) == (
        f"s3://{store.name}/focus: the role arn:aws:iam::111122223333:role/purser-read may not be "
        f"taken on; check role_arn and its trust policy. {STANDS}"
    )


def test_nobody_at_the_address_is_one_sentence(store: Store):
    store.extra = {"endpoint_url": "http://127.0.0.1:9"}
    with pytest.raises(UnavailableError) as caught:
        check(store.source, clock=FixedClock(NOW))
    assert caught.value.sentence == (
        f"s3://{store.name}/focus: http://127.0.0.1:9 does not answer; check the network, region "
        f"and endpoint_url. {STANDS}"
    )


def test_a_check_asks_once(store: Store):
    assert check(store.source, clock=FixedClock(NOW)) == f"s3://{store.name}/focus answers"
    assert len(store.proxy.asked) == 1
    store.name = "no-such-bucket-anywhere"
    with pytest.raises(InputError, match="there is no such bucket"):
        check(store.source, clock=FixedClock(NOW))


def test_a_prefix_without_bills_is_one_sentence(store: Store):
    store.put("focus/readme.txt", b"-")
    store.bill("focus/_old/a.csv", 1)
    assert said(store) == (
        f"There is no bill under s3://{store.name}/focus: no CSV or Parquet file, plain, .gz, "
        ".zst or .zip. Check the prefix; what stood before still stands."
    )


def test_a_bucket_that_fails_does_not_keep_other_sources_out(store: Store, tmp_path: Path):
    bill = write_csv(tmp_path / "b.csv", [april(1)])
    store.extra = {"profile": "nobody"}
    report = ingest_sources(
        [store.source, Source("files", bill)], root=store.lake.root, clock=FixedClock(NOW)
    )
    assert (report.rows, len(report.failed)) == (1, 1)


def test_places_that_do_not_answer_are_each_named(store: Store, tmp_path: Path):
    nobody = [
        Source(name, tmp_path / name, origin=Bucket(name, endpoint_url="http://127.0.0.1:9"))
        for name in ("one-bucket", "another-bucket")
    ]
    report = ingest_sources(nobody, root=store.lake.root, clock=FixedClock(NOW))
    assert report.failed == tuple(
        f"{source.name}: s3://{source.name}: http://127.0.0.1:9 does not answer; check the "
        f"network, region and endpoint_url. {STANDS}"
        for source in nobody
    )


@pytest.mark.parametrize("body", ["<html>Sign in</html>", "{}", "", "<x><Contents/></x>"])
def test_what_is_no_s3_is_one_sentence(store: Store, body: str):
    store.bill("focus/a.csv", 1)
    answer = status(200, "")
    answer.answer = (200, body.encode())
    store.proxy.trouble(store.name, answer, times=9)
    try:
        (sentence,) = store.ingest().failed
    except PurserError as error:
        sentence = error.sentence
    assert f"s3://{store.name}/focus" in sentence


SMALL_DISK = """
import resource, sys
from datetime import UTC, datetime
from pathlib import Path
from tools.core.clock import FixedClock
from tools.core.settings import Bucket, Source
from tools.lake.ingest import ingest_sources
home, bucket, url, limit, *bills = sys.argv[1:]
resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
remote = Source("aws", Path(home) / "landing/aws", origin=Bucket(bucket, "focus", endpoint_url=url))
sources = [*(Source(Path(b).stem, Path(b)) for b in bills), remote]
clock = FixedClock(datetime(2026, 11, 21, 12, tzinfo=UTC))
report = ingest_sources(sources, root=Path(home) / "lake", clock=clock)
print(report.rows, *report.failed, sep="|")
"""


def test_a_full_disk_is_said_for_the_source_it_hit_and_the_others_stand(
    store: Store, tmp_path: Path
):
    store.bill("focus/a.csv", *(1 + day % 28 for day in range(3000)))
    small = write_csv(tmp_path / "small.csv", [april(1)])
    huge = write_csv(tmp_path / "huge.csv", [april(1, ResourceId=f"i-{n}") for n in range(40000)])
    done = subprocess.run(
        [sys.executable, "-c", SMALL_DISK, str(tmp_path), store.name, store.proxy.url, "150000",
         str(small), str(huge)],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    rows, *failed = done.stdout.strip().split("|")
    assert rows == "1"
    assert failed == [
        "huge: The lake's disk is full or cannot be written; nothing changed.",
        f"aws: The bills of aws cannot be written to {tmp_path}/landing/aws (File too large). "
        "What stood before still stands.",
    ]
    assert store.lake.totals()[0] == 1
    assert store.landed() == []
