"""Units, models, token directions, cache actions and GPUs, out of whatever the bill offers."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.lake.bills import SHARED, Lake, april, write_csv, write_parquet
from tools.lake.meters import Words, read_meter
from tools.lake.units import Unit, read_unit
from tools.prices.gpus import gpus_of


@pytest.mark.parametrize(
    ("text", "name", "factor"),
    [
        ("Tokens", "tokens", 1),
        ("token", "tokens", 1),
        ("1000000 Tokens", "tokens", 10**6),
        ("1,000 tokens", "tokens", 1000),
        ("1K Tokens", "tokens", 1000),
        ("1M input tokens", "tokens", 10**6),
        ("per 1M tokens", "tokens", 10**6),
        ("Million Tokens", "tokens", 10**6),
        ("MTok", "tokens", 10**6),
        ("Hours", "hours", 1),
        ("Hrs", "hours", 1),
        ("hour", "hours", 1),
        ("1 Hour", "hours", 1),
        ("100 Hours", "hours", 100),
        ("Server Hours", "server-hours", 1),
        ("GPU-Hours", "gpu-hours", 1),
        ("LCU-Hours", "lcu-hours", 1),
        ("GB", "gb", 1),
        ("10 GB", "gb", 10),
        ("TB", "gb", 1000),
        ("MB", "gb", "0.001"),
        ("Bytes", "gb", "1e-9"),
        ("GiB", "gib", 1),
        ("MiB", "gib", "0.0009765625"),
        ("gibibyte", "gib", 1),
        ("GB-Mo", "gb-months", 1),
        ("GB-Months", "gb-months", 1),
        ("1 GB/Month", "gb-months", 1),
        ("GB per month", "gb-months", 1),
        ("gibibyte month", "gib-months", 1),
        ("Requests", "requests", 1),
        ("10K Requests", "requests", 10000),
        ("10K", "units", 10000),
        ("1/Month", "months", 1),
        ("Count", "counts", 1),
        ("Workflow operation", "workflow-operations", 1),
        ("Months", "months", 1),
        ("Minutes", "minutes", 1),
    ],
)
def test_unit_is_normalised_and_multiples_resolved(text: str, name: str, factor: int | str) -> None:
    assert read_unit(text) == Unit(name, Decimal(factor))


def test_quantity_is_in_the_unit_of_the_lake(tmp_path: Path, lake: Lake) -> None:
    bill = [
        april(1, ConsumedQuantity="3", ConsumedUnit="1000000 Tokens"),
        april(2, ConsumedQuantity="2.5", ConsumedUnit="1K Tokens"),
        april(3, ConsumedQuantity="512", ConsumedUnit="MB"),
        april(4, ConsumedQuantity="7", ConsumedUnit="Hours"),
    ]
    lake.load(write_csv(tmp_path / "bill.csv", bill))
    found = lake.rows("SELECT consumed_quantity, consumed_unit FROM t ORDER BY charge_day")
    assert found == [
        (Decimal(3_000_000), "tokens"),
        (Decimal(2500), "tokens"),
        (Decimal("0.512"), "gb"),
        (Decimal(7), "hours"),
    ]


def test_priced_quantity_stands_in_for_usage_where_nothing_was_consumed(
    tmp_path: Path, lake: Lake
) -> None:
    bill = [
        april(1, PricingQuantity="3", PricingUnit="1000000 Tokens"),
        april(2, PricingQuantity="1", PricingUnit="Count", ChargeCategory="Purchase"),
    ]
    report = lake.load(write_csv(tmp_path / "bill.csv", bill))
    found = lake.rows("SELECT consumed_quantity, consumed_unit FROM t ORDER BY charge_day")
    assert found == [(Decimal(3_000_000), "tokens"), (None, None)]
    assert any("the priced one is taken for usage" in note for note in report.notes)


def _words(details: str, text: str = "", unit: str = "Tokens") -> tuple:
    meter = read_meter(Words(details=details, text=text, unit=unit))
    return (meter.model, meter.direction, meter.cache)


@pytest.mark.parametrize(
    ("details", "text", "expected"),
    [
        ('{"ModelId": "m-5", "TokenType": "Input"}', "", ("m-5", "input", None)),
        ('{"ModelId": "m-5", "TokenDirection": "Output"}', "", ("m-5", "output", None)),
        ('{"ModelFamily": "Saturn", "TokenType": "CacheRead"}', "", ("Saturn", "input", "read")),
        ('{"ModelId": "m", "TokenType": "CacheWrite"}', "", ("m", "input", "write")),
        (
            '{"ModelId": "m", "TokenDirection": "Input", "TokenCacheAction": "Uncached"}',
            "",
            ("m", "input", "uncached"),
        ),
        ('{"x_ModelId": "m", "x_TokenDirection": "input"}', "", ("m", "input", None)),
        ("", "gpt-4o-2024-08-06 input tokens", ("gpt-4o-2024-08-06", "input", None)),
        ("", "Cached input claude-sonnet-4", ("claude-sonnet-4", "input", "read")),
        ("", "gemini-2.5-pro-output", ("gemini-2.5-pro", "output", None)),
        ("", "o3-mini output", ("o3-mini", "output", None)),
        ("", "something else entirely", (None, None, None)),
    ],
)
def test_model_direction_and_cache_from_any_spelling(
    details: str, text: str, expected: tuple
) -> None:
    assert _words(details, text) == expected


def test_meter_from_columns_of_the_vendor(tmp_path: Path, lake: Lake) -> None:
    bill = [
        april(
            1,
            x_Model="gpt-5",
            x_TokenType="cached_input",
            ConsumedUnit="Tokens",
            ConsumedQuantity="10",
        )
    ]
    lake.load(write_csv(tmp_path / "bill.csv", bill))
    found = lake.rows("SELECT model, token_direction, cache_action FROM t")
    assert found == [("gpt-5", "input", "read")]


@pytest.mark.skipif(not SHARED.exists(), reason="the published bills are not on this machine")
def test_draft_token_bills_give_their_dimensions(lake: Lake) -> None:
    lake.load(SHARED / "focus-1.5-draft-ai-billing")
    found = lake.rows(
        "SELECT model, token_direction, cache_action, sum(consumed_quantity)::BIGINT FROM t "
        "WHERE consumed_unit = 'tokens' GROUP BY ALL ORDER BY ALL"
    )
    assert found == [
        ("solora-atlas-5.4-mini", "input", None, 3_000_000),
        ("solora-atlas-5.4-mini", "output", None, 500_000),
        ("solora-atlas-5.5", "input", None, 10_000_000),
        ("solora-atlas-5.5", "output", None, 2_000_000),
        ("solora-jupiter-5", "input", None, 3_000_000),
        ("solora-jupiter-5", "output", None, 500_000),
        ("solora-neptune-5.0", "input", "read", 50_000_000),
        ("solora-neptune-5.0", "input", "write", 15_000_000),
        ("solora-saturn-4.8", "input", None, 8_400_000),
        ("solora-saturn-4.8", "output", None, 2_100_000),
        ("solora-saturn-5.0", "input", "uncached", 5_000_000),
        ("solora-saturn-5.0", "output", None, 1_500_000),
    ]


@pytest.mark.parametrize(
    ("instance", "gpus"),
    [
        ("p5.48xlarge", 8),
        ("p4d.24xlarge", 8),
        ("ml.p4de.24xlarge", 8),
        ("p3.2xlarge", 1),
        ("g5.xlarge", 1),
        ("g5.12xlarge", 4),
        ("g6e.48xlarge", 8),
        ("a2-highgpu-4g", 4),
        ("a2-ultragpu-8g", 8),
        ("a3-highgpu-8g", 8),
        ("g2-standard-4", 1),
        ("g2-standard-96", 8),
        ("Standard_ND96isr_H100_v5", 8),
        ("Standard_NC24ads_A100_v4", 1),
        ("m6i.large", None),
        ("e2-standard-4", None),
        ("Standard_D4s_v5", None),
    ],
)
def test_gpus_of_an_instance_type(instance: str, gpus: int | None) -> None:
    assert gpus_of(instance) == gpus


def test_gpu_hours_are_hours_times_gpus(tmp_path: Path, lake: Lake) -> None:
    lines = [
        '{"InstanceType": "p5.48xlarge"}',
        '{"InstanceType": "own.thing", "GpuCount": 2}',
        '{"InstanceType": "m6i.large"}',
    ]
    bill = [
        april(day, SkuPriceDetails=text, ConsumedQuantity="1.5", ConsumedUnit="Hours")
        for day, text in enumerate(lines, 1)
    ]
    lake.load(write_csv(tmp_path / "bill.csv", bill))
    found = lake.rows("SELECT instance_type, gpu_count, gpu_hours FROM t ORDER BY charge_day")
    assert found == [
        ("p5.48xlarge", Decimal(8), Decimal(12)),
        ("own.thing", Decimal(2), Decimal(3)),
        ("m6i.large", None, None),
    ]


def test_instance_type_from_the_usage_type(tmp_path: Path, lake: Lake) -> None:
    bill = [
        april(1, x_UsageType="USW2-BoxUsage:g5.12xlarge", ConsumedQuantity="2", ConsumedUnit="Hrs")
    ]
    lake.load(write_csv(tmp_path / "bill.csv", bill))
    assert lake.rows("SELECT instance_type, gpu_hours FROM t") == [("g5.12xlarge", Decimal(8))]


def test_details_as_map_are_read_like_text(tmp_path: Path, lake: Lake) -> None:
    bill = write_parquet(
        tmp_path / "bill.parquet",
        "SELECT 2.0 AS BilledCost, 2.0 AS EffectiveCost, TIMESTAMP '2026-04-01' AS "
        "ChargePeriodStart, MAP {'ModelId': 'm-1', 'TokenDirection': 'Output'} AS "
        "SkuPriceDetails, 5.0 AS ConsumedQuantity, 'Tokens' AS ConsumedUnit",
    )
    lake.load(bill)
    found = lake.rows("SELECT model, token_direction, consumed_quantity FROM t")
    assert found == [("m-1", "output", Decimal(5))]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Read", "read"),
        ("Hit", "read"),
        ("Write", "write"),
        ("Miss", "uncached"),
        ("Refresh", "refresh"),
        ("None", None),
    ],
)
def test_bare_cache_action_is_kept(said: str, kept: str | None) -> None:
    details = f'{{"TokenDirection": "Output", "TokenCacheAction": "{said}"}}'
    meter = read_meter(Words(details=details, unit="Tokens"))
    assert (meter.direction, meter.cache) == ("output", kept)
    assert read_meter(Words(cache=said, unit="Tokens")).cache == kept
