"""bench/scaling: the model of a step on many ranks, fitted and extrapolated."""

from __future__ import annotations

import importlib
import json
import math
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest


@pytest.fixture(scope="module")
def modules(root: Path):
    """step_cost and model."""
    folder = str(root / "bench" / "scaling")
    sys.path.insert(0, folder)
    try:
        yield importlib.import_module("step_cost"), importlib.import_module("model")
    finally:
        sys.path.remove(folder)
        for name in ("step_cost", "model"):
            sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def cost(modules: tuple[ModuleType, ModuleType]) -> ModuleType:
    return modules[0]


@pytest.fixture(scope="module")
def model(modules: tuple[ModuleType, ModuleType]) -> ModuleType:
    return modules[1]


SIZES = (192, 768, 1536, 4608, 32256)


def known(cost: ModuleType):
    """The parameters of synthetic results."""
    compute = cost.Compute(t0=5e-5, a=12e-6, b=3e-8, c=4e-6, d=1e-6, e=3e-8)
    transport = cost.Transport(latency=1.5e-6, overhead=0.4e-6, bandwidth=8e9, collective=2e-6)
    return compute, transport


def run_record(cost: ModuleType, compute, transport, n_atoms: int, n_ranks: int) -> dict:
    """The output of bench_scaling for a run that takes as long as the model says."""
    system = cost.SYSTEMS["water"]
    edge = system.edge(n_atoms)
    parts = [1, 1, n_ranks]
    widths = [edge, edge, edge / n_ranks]
    own = n_atoms / n_ranks
    ghosts = (math.prod(w + 2 * system.reach for w in widths) - math.prod(widths)) * system.density
    remote = 0.0 if n_ranks == 1 else 2 * system.reach * (edge + 2 * system.reach) ** 2 * system.density
    rank = {
        "compute": 0.0,
        "rest": 0.0,
        "owned": own,
        "ghosts_local": ghosts - remote,
        "ghosts_remote": remote,
        "sent": remote,
        "peers": min(2, n_ranks - 1),
        "n_collectives": 5.0 if n_ranks > 1 else 1.0,
    }
    record = {"kind": "md", "model": "water", "precision": "mix32", "transport": "mpi", "n_atoms": n_atoms}
    record |= {"n_ranks": n_ranks, "grid": parts, "box": [edge] * 3, "reach": system.reach, "imbalance": 1.0}
    record |= {"steps": 20, "n_builds": 1, "ranks": [rank] * n_ranks}
    kept = compute.kept(own, ghosts)
    step = cost.step_time(compute, transport, cost.measured_load(record), n_ranks, steps_per_list=20)
    build = kept + compute.build(own, ghosts, 0)
    rank["cpu"] = step
    return record | {"kept_seconds": kept, "build_seconds": build, "step_seconds": step}


def transport_record(transport, n_ranks: int = 2) -> dict:
    sizes = [8 * 4**k for k in range(10)]
    pings = [{"bytes": n, "seconds": transport.latency + n / transport.bandwidth} for n in sizes]
    many = [{"n": n, "seconds": 2e-6 + transport.overhead * (n - 1)} for n in (1, 2, 4, 8, 16, 26)]
    sums = [{"call": "sum", "bytes": 192, "seconds": transport.collective * math.log2(n_ranks)}]
    pairs = {"ping_pong": pings, "messages": many}
    return {"kind": "transport", "transport": "mpi", "n_ranks": n_ranks, "pairs": pairs, "collectives": sums}


def test_fit_recovers_what_one_rank_costs(cost: ModuleType) -> None:
    compute, transport = known(cost)
    runs = [run_record(cost, compute, transport, n, ranks) for n in SIZES for ranks in (1, 2)]

    found = cost.fit_compute(runs, e=compute.e)

    for name in ("t0", "a", "b", "c", "d", "e"):
        assert getattr(found, name) == pytest.approx(getattr(compute, name), rel=1e-6), name


def test_time_that_others_took_away_is_not_counted(cost: ModuleType) -> None:
    compute, transport = known(cost)
    runs = [run_record(cost, compute, transport, n, 1) for n in SIZES]
    for run in runs[::2]:  # half of the time without a core
        for name in ("kept_seconds", "build_seconds", "step_seconds"):
            run[name] *= 2
        run["ranks"][0]["compute"] = run["step_seconds"]
        assert cost.core_lost(run) == pytest.approx(0.5)
    assert cost.core_lost(runs[1]) == 0

    assert cost.fit_compute(runs).a == pytest.approx(compute.a, rel=1e-6)


def test_fit_recovers_what_messages_cost(cost: ModuleType) -> None:
    _, transport = known(cost)
    for n_ranks in (2, 8):
        found = cost.fit_transport(transport_record(transport, n_ranks))
        for name in ("latency", "overhead", "bandwidth", "collective"):
            assert getattr(found, name) == pytest.approx(getattr(transport, name), rel=1e-6), name


def test_fit_is_near_where_times_scatter_and_never_negative(cost: ModuleType) -> None:
    compute, transport = known(cost)
    random = np.random.default_rng(3)
    for _ in range(20):
        runs = [run_record(cost, compute, transport, n, 1) for n in SIZES]
        for run in runs:
            run["kept_seconds"] *= random.normal(1, 0.03)
            run["build_seconds"] = None
        found = cost.fit_compute(runs)
        assert found.a == pytest.approx(compute.a, rel=0.15)
        assert min(found.t0, found.a, found.b) >= 0
        assert found.c == found.d == 0


def test_fit_of_noise_below_zero_leaves_the_column_out(cost: ModuleType) -> None:
    x = np.arange(1.0, 9.0)
    assert cost.fit_nonnegative([x, np.ones(8)], 2 * x - 0.5) == pytest.approx([1.86, 0], abs=0.1)
    assert cost.fit_nonnegative([x, x**2], 3 * x) == pytest.approx([3, 0], abs=1e-9)


def test_validation_predicts_runs_that_were_not_fitted(cost: ModuleType, model: ModuleType) -> None:
    compute, transport = known(cost)
    compute = replace(compute, e=0.0)
    runs = [run_record(cost, compute, transport, n, ranks) for n in SIZES for ranks in (1, 2)]

    rows = model.validate(runs, cost.fit_compute(runs), {"mpi": cost.fit_transport(transport_record(transport))})

    assert len(rows) == len(SIZES)
    assert all(row[-1] == "1.00" for row in rows)
    slower = [run | {"step_seconds": 2 * run["step_seconds"]} for run in runs]
    rows = model.validate(slower, compute, {"mpi": transport})
    assert all(row[-1] == "2.00" for row in rows), "a wrong model must show"


@pytest.mark.parametrize(
    ("name", "n", "expected"), [("water", 1e4, 1.21), ("copper_gb", 1e4, 1.79), ("water", 1e6, 0.21)]
)
def test_ghosts_are_as_many_as_published(cost: ModuleType, name: str, n: float, expected: float) -> None:
    assert cost.SYSTEMS[name].ghosts(n) / n == pytest.approx(expected, abs=0.02)


def test_messages_go_to_26_ranks_and_to_more_when_bricks_are_thin(cost: ModuleType) -> None:
    water = cost.SYSTEMS["water"]
    assert water.peers(1000, 4096) == 26
    assert water.peers(30, 4096) == 124
    assert water.peers(1000, 8) == 7
    assert water.inner(10) == 0
    assert 0.5 < water.inner(1e6) < 1


def test_every_part_of_a_step_costs_time(cost: ModuleType) -> None:
    compute, transport = known(cost)
    load = cost.expected_load(cost.SYSTEMS["water"], 500, 4096, 5)
    step = cost.step_time(compute, transport, load, 4096)
    for name in ("t0", "a", "b", "c", "d", "e"):
        more = replace(compute, **{name: 2 * getattr(compute, name)})
        assert cost.step_time(more, transport, load, 4096) > step, name
    for change in ({"latency": 1e-3}, {"overhead": 1e-5}, {"bandwidth": 1e7}, {"collective": 1e-4}):
        assert cost.step_time(compute, replace(transport, **change), load, 4096) > step, change
    for change in ({"ghosts": 1e5}, {"sent": 1e6}, {"messages": 400}, {"imbalance": 1.2}, {"n_collectives": 50}):
        assert cost.step_time(compute, transport, replace(load, **change), 4096) > step, change
    assert cost.step_time(compute, transport, load, 4096, steps_per_list=1) > step


def test_stages_save_overheads_and_cost_latencies(cost: ModuleType) -> None:
    _, transport = known(cost)
    assert transport.staged(1e4) < transport.exchange(26, 1e4)
    quick = replace(transport, overhead=1e-8)
    assert quick.staged(1e4) > quick.exchange(26, 1e4)


def test_inner_tiles_hide_bytes_but_not_overheads(cost: ModuleType) -> None:
    compute, transport = known(cost)
    slow = replace(transport, bandwidth=5e8)
    load = cost.expected_load(cost.SYSTEMS["water"], 1e5, 64, 0)
    bare = replace(load, inner=0.0)
    out = slow.exchange(load.messages, 24 * load.sent)
    saved = cost.step_time(compute, slow, bare, 64, math.inf) - cost.step_time(compute, slow, load, 64, math.inf)
    assert saved == pytest.approx(out - slow.overheads(load.messages), rel=1e-9)


def machines(cost: ModuleType, model: ModuleType, system: str) -> list:
    compute, transport = known(cost)
    return [model.cpu_node(compute, transport), model.gpu_node(system, "mix32", 3e-8)]


@pytest.mark.parametrize("name", ["water", "copper_gb"])
def test_efficiency_falls_and_time_falls_as_nodes_are_added(cost: ModuleType, model: ModuleType, name: str) -> None:
    system, nodes = cost.SYSTEMS[name], [1, 2, 4, 10, 30, 100, 300, 1000]
    for machine in machines(cost, model, name):
        strong = model.efficiencies(lambda k, m=machine: m.step(system, 1e8, k, 5), nodes, is_weak=False)
        weak = model.efficiencies(lambda k, m=machine: m.step(system, 1e5 * k, k, 5), nodes, is_weak=True)
        assert strong[0] == weak[0] == 1
        assert all(a >= b > 0 for a, b in pairwise(strong)), machine.name
        assert all(a >= b > 0 for a, b in pairwise(weak)), machine.name
        times = [machine.step(system, 1e8, k, 5) for k in nodes]
        assert all(a > b for a, b in pairwise(times)), machine.name
        larger = [machine.step(system, n, 64, 5) for n in (1e5, 1e6, 1e7)]
        assert larger == sorted(larger)


def test_imbalance_grows_with_ranks_and_stops_where_the_box_is_cut_anew(cost: ModuleType) -> None:
    for system in cost.SYSTEMS.values():
        found = [cost.imbalance_of(system, 2000, p) for p in (1, 2, 100, 10_000)]
        assert found[0] == 1
        assert found == sorted(found)
        assert cost.imbalance_of(system, 10, 10**6) == cost.MOST_IMBALANCE
        assert cost.imbalance_of(system, 1e6, 100) < 1.01


def test_script_prints_its_tables(cost: ModuleType, root: Path, tmp_path: Path) -> None:
    compute, transport = known(cost)
    records = [run_record(cost, compute, transport, n, ranks) for n in SIZES for ranks in (1, 2)]
    records += [transport_record(transport)]
    records += [{"kind": "plan", "n_ranks": 4096, "seconds_of_wanted_copies": 1.2e-4}]
    file = tmp_path / "results.json"
    file.write_text(json.dumps(records))

    script = str(root / "bench" / "scaling" / "model.py")
    done = subprocess.run([sys.executable, script, str(file)], capture_output=True, text=True, check=True)

    assert "| water | mix32 | mpi | 2 | 32,256 |" in done.stdout
    assert "Weak, 156,672 atoms per node" in done.stdout
    assert "4 x H200" in done.stdout
