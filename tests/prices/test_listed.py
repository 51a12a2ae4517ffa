from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tools.prices.gpus import gpus_of
from tools.prices.listed import listed, listed_disk
from tools.samples.fleet import fleet

# What Google lists for the machine alone, without its GPUs, in us-central1.
MACHINE_ALONE = {
    "a2-highgpu-1g": "0.73948",
    "a2-highgpu-8g": "5.91582",
    "a2-megagpu-16g": "8.79698",
    "a2-ultragpu-1g": "1.09962",
    "a2-ultragpu-8g": "8.79698",
    "a3-highgpu-1g": "1.18251",
    "a3-highgpu-4g": "4.73003",
}


@pytest.mark.parametrize(("machine", "alone"), MACHINE_ALONE.items())
def test_googles_prices_have_the_gpus_in_them(machine, alone):
    assert listed(machine).hourly > 4 * Decimal(alone)


def test_every_gpu_type_of_the_sample_has_a_list_price():
    now = datetime(2026, 11, 21, tzinfo=UTC)
    types = {placed.resource.type for placed in fleet(now) if placed.resource.gpus}
    assert len(types) > 6
    assert [name for name in types if listed(name) is None] == []


def test_more_gpus_of_a_kind_cost_more():
    for small, large in (
        ("g5.xlarge", "g5.48xlarge"),
        ("p5.4xlarge", "p5.48xlarge"),
        ("a2-highgpu-1g", "a2-highgpu-8g"),
        ("ml.g5.xlarge", "ml.g5.48xlarge"),
    ):
        assert listed(large).hourly > listed(small).hourly
        assert gpus_of(large) > gpus_of(small)


def test_a_price_says_whose_and_of_when_and_that_it_is_an_estimate():
    assert listed("P5.48XLARGE ").source == "AWS list price of Nov 2025, an estimate"
    assert listed("a3-highgpu-8g").source == "Google list price of Nov 2025, an estimate"


def test_what_is_not_listed_has_no_price():
    assert listed("m6i.large") is None
    assert listed("") is None


def test_disks_go_by_their_size():
    assert listed_disk(730, is_google=False).hourly == Decimal("0.08")
    assert listed_disk(1460, is_google=True) == (Decimal("0.2"), "Google")
