"""A trained model as plain arrays: what a ``.dpmd`` file holds (docs/model-format.md).

``validate`` is the single gate between untrusted numbers and everything that computes with them: a
spec that passes it has consistent shapes, finite numbers and indices inside their ranges. Lengths
are in Å and energies in eV throughout.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from dpmd.errors import InputError
from dpmd.shown import is_word, shown

FORMAT_VERSION = 1
ACTIVATIONS = ("linear", "tanh", "gelu", "gelu_single", "relu", "relu6", "softplus", "sigmoid", "silu")
SKIPS = ("none", "identity", "double")
EXTRAPOLATIONS = ("clamp", "linear")
CUTOFF_ARITHMETICS = ("float32", "float64")
EXCLUDED_PADDINGS = ("drop", "keep")
OVERFLOW_ORDERS = ("by_type", "all_types")
LARGEST_NUMBER = 1e15  # trained numbers lie far below; what is beyond comes from a damaged file and would overflow


@dataclass(eq=False)
class Layer:
    """``y = activation(x @ weight + bias) * timestep + skip(x)`` for row vectors x."""

    weight: np.ndarray  # [n_in, n_out]
    bias: np.ndarray | None = None  # [n_out]
    timestep: np.ndarray | None = None  # [n_out]
    activation: str = "linear"  # one of ACTIVATIONS, or "silut:<threshold>"
    skip: str = "none"  # "none", "identity" (+x) or "double" (+[x, x])


@dataclass(eq=False)
class Table:
    """Piecewise quintic polynomials of one variable s (the normalised radial component), M
    channels.

    Row r covers ``lower + r stride0`` up to ``upper``, then steps of ``stride1`` up to ``max``; the
    value of channel m at offset d inside a row is ``sum_k coefficients[r, 6 m + k] d**k``.
    """

    coefficients: np.ndarray  # [n_rows, 6 M]
    lower: float
    upper: float
    max: float
    stride0: float
    stride1: float
    extrapolation: str = "clamp"

    def n_rows_needed(self) -> int:
        """Rows that a lookup inside [lower, max) can reach."""
        fine = int((self.upper - self.lower) / self.stride0)
        return fine + int((self.max - self.upper) / self.stride1)


@dataclass(eq=False)
class Network:
    """Either layers or a compression table, never both."""

    layers: list[Layer] | None = None
    table: Table | None = None

    @property
    def n_in(self) -> int:
        return 1 if self.table is not None else self.layers[0].weight.shape[0]

    @property
    def n_out(self) -> int:
        if self.table is not None:
            return self.table.coefficients.shape[1] // 6
        return self.layers[-1].weight.shape[1]


@dataclass(eq=False)
class DescriptorSpec:
    """The se_e2_a descriptor: environment rows, embedding nets and their contraction."""

    cutoff: float  # rc, Å
    cutoff_smooth: float  # rs, Å
    cutoff_arithmetic: str  # "float32": rc, rs and rc - rs are rounded to float32
    sel: list[int]  # slots per neighbour type; 0: that neighbour type is ignored
    normalization: int  # N of 1/N: sum of the original sel
    axis_neuron: int
    type_one_side: bool
    networks: list[list[Network | None]]  # [centre][neighbour]; one row when type_one_side
    davg: np.ndarray  # [n_types, 4] shift of an environment row, by centre type
    dstd: np.ndarray  # [n_types, 4] scale of an environment row, by centre type
    env_protection: float = 0.0  # Å, added to r in the denominators of the row
    exclude_types: list[tuple[int, int]] = field(default_factory=list)  # unordered pairs
    excluded_padding: str = "drop"
    overflow_order: str = "by_type"
    type: str = "se_e2_a"

    def network(self, centre: int, neighbour: int) -> Network | None:
        return self.networks[0 if self.type_one_side else centre][neighbour]


@dataclass(eq=False)
class FittingSpec:
    """One energy net per centre type; input is [descriptor, fparam, aparam, case_embedding]."""

    networks: list[Network]  # [n_types]
    energy_shift: np.ndarray  # [n_types] eV
    subtract_vacuum: list[bool]  # [n_types]: subtract the net's value at a zero descriptor
    n_fparam: int = 0
    n_aparam: int = 0
    fparam_avg: np.ndarray = field(default_factory=lambda: np.zeros(0))  # [n_fparam]
    fparam_inv_std: np.ndarray = field(default_factory=lambda: np.zeros(0))  # [n_fparam]
    aparam_avg: np.ndarray = field(default_factory=lambda: np.zeros(0))  # [n_aparam]
    aparam_inv_std: np.ndarray = field(default_factory=lambda: np.zeros(0))  # [n_aparam]
    default_fparam: list[float] | None = None  # [n_fparam]
    case_embedding: np.ndarray = field(default_factory=lambda: np.zeros(0))  # [n_case]


@dataclass(eq=False)
class Source:
    """Where a model came from; information only."""

    format: str
    file: str = ""
    sha256: str = ""
    version: str = ""


@dataclass(eq=False)
class ModelSpec:
    """A whole model. ``load`` and ``save`` use the ``.dpmd`` format."""

    type_map: list[str]
    descriptor: DescriptorSpec
    fitting: FittingSpec
    precision: str = "float64"  # of the networks in the source; information only
    pair_exclude_types: list[tuple[int, int]] = field(default_factory=list)
    atom_exclude_types: list[int] = field(default_factory=list)
    min_neighbor_distance: float | None = None  # Å
    source: Source = field(default_factory=lambda: Source("dpmd"))
    training_script: Any = None  # JSON value

    @property
    def n_types(self) -> int:
        return len(self.type_map)

    def validate(self) -> ModelSpec:
        """Return self; raise ``InputError`` naming the first place that is inconsistent."""
        _check_types(self)
        _check_descriptor(self.descriptor, self.n_types)
        _check_fitting(self)
        return self

    def save(self, path: str | Path) -> None:
        """Write a ``.dpmd`` file. The file appears complete or not at all."""
        from dpmd.model_file import write_model

        write_model(self, Path(path))

    @classmethod
    def load(cls, path: str | Path) -> ModelSpec:
        """Read a ``.dpmd`` file; raise ``InputError`` for anything that is not one."""
        from dpmd.model_file import read_model

        return read_model(Path(path))


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise InputError(message)


def _finite_number(value: Any, place: str) -> None:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    fits = number and -LARGEST_NUMBER <= value <= LARGEST_NUMBER
    _require(fits, f"{place} must be a finite number, at most {LARGEST_NUMBER:g} in size, is {shown(value)}")


def _array(value: Any, shape: tuple[int, ...], place: str) -> None:
    _require(isinstance(value, np.ndarray), f"{place} must be an array, is {type(value).__name__}")
    _require(value.dtype == np.float64, f"{place} must be float64, is {value.dtype}")
    _require(value.shape == shape, f"{place} must have shape {shape}, has {value.shape}")
    wrong = ~(np.abs(value) <= LARGEST_NUMBER)
    if wrong.any():
        at = tuple(int(k) for k in np.argwhere(wrong)[0])
        index = "".join(f"[{k}]" for k in at)
        beyond = f"beyond {LARGEST_NUMBER:g}" if np.isfinite(value[at]) else "not finite"
        raise InputError(f"{place}{index} = {value[at]:g} is {beyond}; the file is damaged")


def _pairs(pairs: list, n_types: int, place: str) -> None:
    for pair in pairs:
        inside = len(pair) == 2 and all(isinstance(t, int) and 0 <= t < n_types for t in pair)
        _require(inside, f"{place}: {shown(pair)} is not a pair of types below {n_types}")


def _check_types(spec: ModelSpec) -> None:
    names = spec.type_map
    _require(bool(names), "type_map is empty; a model needs at least one type")
    for name in names:
        _require(
            isinstance(name, str) and is_word(name),
            f"type_map holds {shown(name)}: a name of a type has no blanks, commas, double quotes, backslashes and "
            "control characters",
        )
    _require(len(set(names)) == len(names), f"type_map names a type twice: {shown(names)}")
    _pairs(spec.pair_exclude_types, len(names), "pair_exclude_types")
    for t in spec.atom_exclude_types:
        inside = isinstance(t, int) and 0 <= t < len(names)
        _require(inside, f"atom_exclude_types: {shown(t)} is not a type below {len(names)}")
    if spec.min_neighbor_distance is not None:
        _finite_number(spec.min_neighbor_distance, "min_neighbor_distance")


def _check_descriptor(d: DescriptorSpec, n_types: int) -> None:
    _require(d.type == "se_e2_a", f"descriptor.type is {shown(d.type)}; dpmd runs se_e2_a")
    for name in ("cutoff", "cutoff_smooth", "env_protection"):
        _finite_number(getattr(d, name), f"descriptor.{name}")
    _require(
        0.0 <= d.cutoff_smooth < d.cutoff,
        f"descriptor: need 0 <= cutoff_smooth < cutoff, have {d.cutoff_smooth} and {d.cutoff}",
    )
    _require(d.env_protection >= 0.0, f"descriptor.env_protection is {d.env_protection}, below 0")
    _choice(d.cutoff_arithmetic, CUTOFF_ARITHMETICS, "descriptor.cutoff_arithmetic")
    _choice(d.excluded_padding, EXCLUDED_PADDINGS, "descriptor.excluded_padding")
    _choice(d.overflow_order, OVERFLOW_ORDERS, "descriptor.overflow_order")
    _require(
        len(d.sel) == n_types and all(isinstance(n, int) and n >= 0 for n in d.sel),
        f"descriptor.sel must hold {n_types} counts, is {shown(d.sel)}",
    )
    _require(sum(d.sel) > 0, f"descriptor.sel is {shown(d.sel)}: no neighbour would be seen")
    _require(d.normalization > 0, f"descriptor.normalization is {shown(d.normalization)}, must be > 0")
    _pairs(d.exclude_types, n_types, "descriptor.exclude_types")
    _array(d.davg, (n_types, 4), "descriptor.davg")
    _array(d.dstd, (n_types, 4), "descriptor.dstd")
    least = 1 / LARGEST_NUMBER
    _require(bool((d.dstd >= least).all()), f"descriptor.dstd must be positive, and at least {least:g}")
    _require(
        not d.davg[:, 1:].any(),
        "descriptor.davg: columns 1 to 3 must be zero, or padding would not be isotropic",
    )
    _check_embeddings(d, n_types)


def _check_embeddings(d: DescriptorSpec, n_types: int) -> None:
    n_rows = 1 if d.type_one_side else n_types
    _require(
        len(d.networks) == n_rows and all(len(row) == n_types for row in d.networks),
        f"descriptor.networks must be {n_rows} rows of {n_types}",
    )
    widths = set()
    for i, row in enumerate(d.networks):
        for j, network in enumerate(row):
            if network is not None:
                _check_network(network, f"embedding.{i}.{j}")
                _require(network.n_in == 1, f"embedding.{i}.{j} takes {network.n_in} inputs, not 1")
                widths.add(network.n_out)
    _require(len(widths) == 1, f"embedding nets must share one width, have {shown(sorted(widths))}")
    width = widths.pop()
    _require(
        1 <= d.axis_neuron <= width,
        f"descriptor.axis_neuron is {shown(d.axis_neuron)}, must be 1 to the embedding width {width}",
    )


def _check_fitting(spec: ModelSpec) -> None:
    f, d, n = spec.fitting, spec.descriptor, spec.n_types
    _require(f.n_fparam >= 0 and f.n_aparam >= 0, "fitting: n_fparam and n_aparam must be >= 0")
    _array(f.energy_shift, (n,), "fitting.energy_shift")
    _array(f.fparam_avg, (f.n_fparam,), "fitting.fparam_avg")
    _array(f.fparam_inv_std, (f.n_fparam,), "fitting.fparam_inv_std")
    _array(f.aparam_avg, (f.n_aparam,), "fitting.aparam_avg")
    _array(f.aparam_inv_std, (f.n_aparam,), "fitting.aparam_inv_std")
    _array(f.case_embedding, (f.case_embedding.size,), "fitting.case_embedding")
    _require(len(f.subtract_vacuum) == n, f"fitting.subtract_vacuum must hold {n} flags")
    if f.default_fparam is not None:
        _require(
            len(f.default_fparam) == f.n_fparam,
            f"fitting.default_fparam must hold {f.n_fparam} numbers, is {shown(f.default_fparam)}",
        )
        for value in f.default_fparam:
            _finite_number(value, "fitting.default_fparam")
    _require(len(f.networks) == n, f"fitting.networks must hold {n} nets, holds {len(f.networks)}")
    width = next(net.n_out for row in d.networks for net in row if net is not None)
    n_in = width * d.axis_neuron + f.n_fparam + f.n_aparam + f.case_embedding.size
    for t, network in enumerate(f.networks):
        _require(network.layers is not None, f"fitting.{t} must consist of layers")
        _check_network(network, f"fitting.{t}")
        _require(
            network.n_in == n_in,
            f"fitting.{t} takes {network.n_in} inputs, descriptor and parameters give {n_in}",
        )
        last = network.layers[-1]
        plain = last.activation == "linear" and last.skip == "none" and last.weight.shape[1] == 1
        _require(plain, f"fitting.{t}: the last layer must be linear with one output and no skip")


def _check_network(network: Network, place: str) -> None:
    _require(
        (network.layers is None) != (network.table is None),
        f"{place} must have either layers or a table",
    )
    if network.table is not None:
        _check_table(network.table, place)
        return
    _require(bool(network.layers), f"{place} has no layer")
    for k, layer in enumerate(network.layers):
        _check_layer(layer, f"{place}.{k}")
    for k, (first, second) in enumerate(pairwise(network.layers)):
        n_out, n_in = first.weight.shape[1], second.weight.shape[0]
        _require(n_out == n_in, f"{place}: layer {k} gives {n_out}, layer {k + 1} takes {n_in}")


def _check_layer(layer: Layer, place: str) -> None:
    shape = getattr(layer.weight, "shape", ())
    _require(len(shape) == 2 and min(shape) > 0, f"{place}.w must be a matrix, has shape {shape}")
    _array(layer.weight, shape, f"{place}.w")
    n_in, n_out = shape
    if layer.bias is not None:
        _array(layer.bias, (n_out,), f"{place}.b")
    if layer.timestep is not None:
        _array(layer.timestep, (n_out,), f"{place}.idt")
    check_activation(layer.activation, place)
    _choice(layer.skip, SKIPS, f"{place}.skip")
    fits = {"none": True, "identity": n_out == n_in, "double": n_out == 2 * n_in}[layer.skip]
    _require(fits, f"{place}: skip {shown(layer.skip)} does not fit widths {n_in} to {n_out}")


def check_activation(name: Any, place: str) -> None:
    """Raise ``InputError`` unless ``name`` is an activation of the format."""
    if name in ACTIVATIONS:
        return
    if isinstance(name, str) and name.startswith("silut:"):
        try:
            _finite_number(float(name[6:]), f"{place}: threshold of silut")
        except ValueError:
            raise InputError(f"{place}: {shown(name)} has no number as threshold") from None
        return
    raise InputError(f"{place}: activation {shown(name)} is none of {', '.join(ACTIVATIONS)}, silut:<T>")


def _check_table(table: Table, place: str) -> None:
    for name in ("lower", "upper", "max", "stride0", "stride1"):
        _finite_number(getattr(table, name), f"{place}.table.{name}")
    _require(
        table.lower < table.upper <= table.max and table.stride0 > 0 and table.stride1 > 0,
        f"{place}.table: need lower < upper <= max and positive strides, have {table.lower}, "
        f"{table.upper}, {table.max}, {table.stride0}, {table.stride1}",
    )
    _choice(table.extrapolation, EXTRAPOLATIONS, f"{place}.table.extrapolation")
    shape = getattr(table.coefficients, "shape", ())
    _require(
        len(shape) == 2 and shape[1] > 0 and shape[1] % 6 == 0,
        f"{place}.table must have shape [rows, 6 M], has {shape}",
    )
    _array(table.coefficients, shape, f"{place}.table")
    spans = (table.upper - table.lower) / table.stride0 + (table.max - table.upper) / table.stride1
    _require(
        spans < 1e9 and 1 <= table.n_rows_needed() <= shape[0],
        f"{place}.table has {shape[0]} rows, its grid needs {spans:.6g}",
    )


def _choice(value: Any, allowed: tuple[str, ...], place: str) -> None:
    _require(value in allowed, f"{place} is {shown(value)}, must be one of {', '.join(allowed)}")
