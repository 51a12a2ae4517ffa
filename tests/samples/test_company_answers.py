"""What is hidden in the sample company's bills can be found by asking."""

import tomllib
from datetime import date
from decimal import Decimal

import pytest

from tests.samples.companies import TODAY, loaded_company
from tools.core.periods import DAY

CENT = Decimal("0.01")


@pytest.fixture(scope="module")
def lumen(tmp_path_factory):
    return loaded_company(tmp_path_factory)


def by_key(table, dimension):
    return {row.key[dimension]: row.value for row in table.rows if not row.is_rest}


def written(period):
    return f"{period.start}..{period.last}"


def test_every_line_is_loaded_and_none_is_kept_aside(lumen):
    table = lumen.ask("all time billed by source")
    assert table.bill_rows == lumen.company.rows
    assert not lumen.report.failures
    for source, value in by_key(table, "source").items():
        meant = sum(t.billed for (name, _), t in lumen.company.totals.items() if name == source)
        assert value == pytest.approx(meant, abs=CENT)


def test_every_source_is_complete_as_far_as_it_says(lumen):
    for source in lumen.company.sources:
        table = lumen.ask(f"last 7d where source={source.name}")
        assert table.complete_through == source.complete_through
        assert table.period.last == source.complete_through


def test_the_spike_stands_out_by_day_team_and_pricing(lumen):
    spike = lumen.company.spike
    daily = lumen.ask("last 14d by team daily where team=search")
    on = {row.key["time"]: row.value for row in daily.rows}
    calm = on[str(spike.period.start - DAY)]
    assert all(on[str(day)] > 3 * calm for day in spike.period.each_day())
    compared = lumen.ask(f"{written(spike.period)} by team vs previous")
    rises = {row.key["team"]: row.value - row.previous for row in compared.rows}
    assert max(rises, key=rises.get) == "search"


def test_the_spike_is_explained_by_workload_region_and_resource(lumen):
    spike = lumen.company.spike
    where = " and ".join(f"{name}={value}" for name, value in spike.where.items())
    table = lumen.ask(f"{written(spike.period)} by resource, pricing, instance_type where {where}")
    blamed = [row for row in table.rows if row.key["resource"] in spike.resources]
    assert len(blamed) == 4
    assert {row.key["pricing"] for row in blamed} == {"Standard"}
    assert {row.key["instance_type"] for row in blamed} == {"p5.48xlarge"}
    assert sum(row.value for row in blamed) == pytest.approx(spike.effective, abs=CENT)
    before = lumen.ask("last month by pricing, instance_type where workload=embed-refresh")
    kinds = {(row.key["pricing"], row.key["instance_type"]) for row in before.rows}
    assert kinds == {("Dynamic", "p4d.24xlarge")}


def test_the_idle_gpu_costs_the_same_on_every_day_of_three_weeks(lumen):
    idle = lumen.company.idle_gpu
    where = " and ".join(f"{name}={value}" for name, value in idle.where.items())
    table = lumen.ask(f"{written(idle.period)} by resource daily where {where}")
    assert {row.key["resource"] for row in table.rows} == set(idle.resources)
    assert len({row.value for row in table.rows}) == 1
    assert len(table.rows) >= 21
    assert table.total == pytest.approx(idle.effective, abs=CENT)


def test_the_forgotten_cluster_is_the_larger_part_of_untagged_machines(lumen):
    lost = lumen.company.forgotten_cluster
    table = lumen.ask("last month by account, region where team is missing and category=Compute")
    largest = table.rows[0].key
    assert (largest["account"], largest["region"]) in {
        ("Lumen Labs", None),
        (lost.where["account"], lost.where["region"]),
    }
    whole = lumen.ask(f"{written(lost.period)} where region=eu-west-1")
    assert whole.total == pytest.approx(lost.effective, abs=CENT)


def test_the_sandbox_is_small_but_for_one_experiment(lumen):
    experiment = lumen.company.sandbox_experiment
    assert lumen.ask("last month where env=sandbox").total < 600
    table = lumen.ask(f"{written(experiment.period)} by workload where env=sandbox")
    top = table.rows[0]
    assert top.key["workload"] == experiment.where["workload"]
    assert top.value == pytest.approx(experiment.effective, abs=CENT)


def test_about_a_twelfth_of_the_spend_has_no_team(lumen):
    table = lumen.ask("last month by team")
    shares = {row.key["team"]: row.share for row in table.rows}
    assert set(shares) == {"ml-research", "assistant", "search", "platform", "data", "growth", None}
    assert Decimal("0.06") < shares[None] < Decimal("0.10")
    assert 400_000 < table.total < 600_000


def test_environments_are_spelt_one_way(lumen):
    assert set(by_key(lumen.ask("all time by env"), "env")) == {
        "prod", "staging", "dev", "sandbox", None,
    }  # fmt: skip


def test_tokens_and_gpu_hours_have_believable_prices(lumen):
    tokens = by_key(lumen.ask("cost per 1m tokens by model last month"), "model")
    assert Decimal("0.12") < tokens["text-embedding-3-large"] < Decimal("0.14")
    assert tokens["claude-opus-4-5"] > tokens["claude-sonnet-4-5"] > tokens["claude-haiku-4-5"]
    gpus = by_key(lumen.ask("cost per gpu-hours by instance_type last month"), "instance_type")
    assert Decimal(4) < gpus["p5.48xlarge"] < Decimal(7)
    assert gpus["p4d.24xlarge"] < gpus["p5.48xlarge"]
    halves = lumen.ask("tokens by direction, cache last month")
    assert {(row.key["direction"], row.key["cache"]) for row in halves.rows} == {
        ("input", None), ("input", "read"), ("input", "write"), ("output", None),
    }  # fmt: skip


def test_commitments_are_nearly_all_used(lumen):
    by_status = by_key(lumen.ask("last month by commitment_status"), "commitment_status")
    assert 0 < by_status["Unused"] < by_status["Used"] / 20


def test_the_configuration_names_no_path_outside_its_folder(lumen):
    raw = tomllib.loads((lumen.company.folder / "purser.toml").read_text())
    paths = [source["path"] for source in raw["sources"]]
    assert paths == [f"bills/{source.name}" for source in lumen.company.sources]
    assert lumen.config.scope.channels
    assert lumen.company.today == TODAY
    assert lumen.company.first_day == date(2026, 8, 1)
