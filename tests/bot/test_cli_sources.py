"""Buckets and vendors from the command line, as real processes."""

from pathlib import Path

import pytest

from tests.bot.commands import run
from tests.lake.bills import month, write_csv
from tests.landing.test_openai_reports import cost
from tests.landing.vendor_api import KEY, vendor_api
from tests.landing.vendor_sources import Vendor

NOW = "2026-11-21T09:00:00Z"
CONFIG = """
[[sources]]
name = "openai"
path = "bills"

[[sources]]
name = "openai-api"
kind = "openai"
base_url = "{url}"
since = 2026-10-01

[[sources]]
name = "aws"
s3 = "s3://acme-bills/focus"
profile = "nobody"
"""


def purser(home: Path, *arguments: str, key: str = KEY):
    environ = {"PURSER_HOME": str(home), "PURSER_NOW": NOW, "OPENAI_ADMIN_KEY": key}
    return run(*arguments, environ=environ)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    told = {"ProviderName": "OpenAI", "ListCost": "", "ContractedCost": ""}
    write_csv(home / "bills" / "october.csv", [month("2026-10", **told)])
    with vendor_api("openai") as api:
        vendor = Vendor(api, home, None)
        cost(vendor, "2026-10-02", "gpt-5.5, input", "1.5", quantity=10, quantity_unit="tokens")
        cost(vendor, "2026-11-02", "gpt-5.5, input", "2", quantity=10, quantity_unit="tokens")
        (home / "purser.toml").write_text(CONFIG.format(url=api.url))
        yield home


@pytest.fixture(scope="module")
def ingested(home: Path):
    return purser(home, "ingest")


def test_ingest_takes_what_it_can_and_says_what_failed(ingested):
    assert ingested.returncode == 2
    assert ingested.stdout.startswith("Loaded 3 lines of bills, 3 billing periods.\n")
    assert "  · openai-api is a second view of openai in 2026-10; not added.\n" in ingested.stdout
    assert ingested.stderr == (
        "s3://acme-bills/focus: there is no such AWS profile; check profile. What stood before "
        "still stands.\n"
    )
    assert KEY not in ingested.stdout + ingested.stderr


def test_a_source_may_be_named(home: Path, ingested):
    done = purser(home, "ingest", "--source", "openai-api")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("2 billing periods already loaded and unchanged.\n")


def test_the_second_view_is_in_no_total(home: Path, ingested):
    done = purser(home, "cost", "all time by source", "--csv")
    assert "openai,USD,1.25," in done.stdout
    assert "openai-api,USD,2," in done.stdout
    alone = purser(home, "cost", "all time source=openai-api")
    assert "$3.50" in alone.stdout
    assert "openai-api is a second view of openai; it is shown alone and in no total." in (
        " ".join(alone.stdout.split())
    )


def test_doctor_asks_every_place_in_one_line_each(home: Path, ingested):
    done = purser(home, "doctor")
    lines = {line.split()[2]: line for line in done.stdout.splitlines() if " bills " in line}
    assert lines["openai-api"] == (
        "✓ bills openai-api  2 lines, 2026-10-02 to 2026-11-02, complete through 2026-11-02; "
        "a second view of openai in 2026-10, not added; OpenAI's reports answer"
    )
    assert lines["aws"] == (
        "✗ bills aws         s3://acme-bills/focus: there is no such AWS profile; check profile."
    )
    assert done.returncode == 1
    refused = purser(home, "doctor", key="sk-wrong-key")
    assert "✗ bills openai-api  OpenAI refuses the key in OPENAI_ADMIN_KEY" in refused.stdout
    assert "sk-wrong-key" not in refused.stdout + refused.stderr


def test_a_bill_is_not_loaded_under_the_name_of_what_is_fetched(home: Path, ingested):
    done = purser(home, "ingest", str(home / "bills"), "--source", "openai-api")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "“openai-api” is fetched from elsewhere: run purser ingest --source openai-api. Give bills "
        "that lie here a source of their own.\n"
    )
