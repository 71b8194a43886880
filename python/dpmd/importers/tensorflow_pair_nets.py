"""The nets of a three-body descriptor in a frozen TensorFlow graph, by unordered pairs of neighbour types."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

from dpmd.errors import InputError
from dpmd.importers.common import pairs, skip_by_width, table
from dpmd.importers.tensorflow_layers import activation_of, read_layer, scripted_activation
from dpmd.importers.tensorflow_scope import DescriptorScope
from dpmd.models.nets import Network
from dpmd.shown import shown

_TABLE_OP, _TABLE_INPUT, _INFO_INPUT, _ANGLES_INPUT = "TabulateFusionSeT", 0, 1, 3
_MAX_HOPS = 8
_N_COMPONENTS = 4  # of an environment row
_ROUNDING = 1e-5  # of a factor in single precision


class TensorflowPairNets:
    """The nets of the pairs of types a <= b.

    Args:
        scope: Where the graph keeps the descriptor.
    """

    def __init__(self, scope: DescriptorScope):
        self.graph, self._scope = scope.graph, scope
        self.precision = "float64"
        self._activation = scripted_activation(scope.section)
        self._tables: dict[tuple[int, int], Any] = {}
        for _, node in self.graph.matching(rf"{scope.filters}/{_TABLE_OP}(_\d+)?", op=_TABLE_OP):
            pair = self._types_of(self.graph.input(node, _ANGLES_INPUT))
            if pair in self._tables:
                raise InputError(f"{self.graph.at(node.name)}: a second table for the types {pair}")
            self._tables[pair] = node

    def network(self, a: int, b: int) -> Network | None:
        """The net of a pair, or the table in place of it; None where there is none."""
        if (a, b) in self._tables:
            return Network(table=self._table(self._tables[a, b]))
        scope, layers = self._scope.filter("all"), []
        while self.graph.has(f"{scope}/matrix_{len(layers) + 1}_{a}_{b}"):
            names = [f"{scope}/{part}_{len(layers) + 1}_{a}_{b}" for part in ("matrix", "bias", "idt")]
            layer = read_layer(self.graph, *names)
            layer.skip = skip_by_width(*layer.weight.shape)
            layer.activation = activation_of(self.graph, names[0], self._activation)
            self.precision = self.graph.precision(names[0])
            layers.append(layer)
        return Network(layers=layers) if layers else None

    def excluded_types(self) -> list[tuple[int, int]]:
        """Pairs of centre and neighbour types that the training script excludes."""
        section = self._scope.section
        excluded = section.get("exclude_types") if section else None
        return pairs(excluded or [], len(self._scope.sel), f"{self.graph.place}: training script")

    def check_factors(self) -> None:
        """Raise ``InputError`` unless each sum over pairs is divided by the slots of both types."""
        for node in self.graph.with_op("Einsum", _TABLE_OP):
            if not node.name.startswith(f"{self._scope.filter('all')}/"):
                continue
            for product in self.graph.consumers(node):
                factor = self._factor(product)
                if factor is None:
                    continue
                angles = self.graph.input(node, _ANGLES_INPUT if node.op == _TABLE_OP else 0)
                a, b = self._types_of(angles)
                slots = self._scope.sel[a] * self._scope.sel[b]
                if not abs(factor * slots - 1.0) < _ROUNDING:
                    raise InputError(
                        f"{self.graph.at(product.name)}: the sum over pairs of types {a} and {b} is multiplied by "
                        f"{factor:g}, expected 1/{slots}"
                    )

    def _factor(self, product: Any) -> float | None:
        """The constant of a product; None where it is none."""
        if product.op != "Mul" or not product.name.startswith(f"{self._scope.filter('all')}/"):
            return None
        constants = [
            one for one in (self.graph.input(product, k) for k in range(len(product.input))) if one.op == "Const"
        ]
        return self.graph.number(constants[0].name) if constants else None

    def _types_of(self, angles: Any) -> tuple[int, int]:
        """The types whose rows an operation multiplies with each other."""
        if angles.op != "Einsum":
            raise InputError(f"{self.graph.at(angles.name)}: expected a product of the rows of two types")
        a, b = (self._type_of(self.graph.input(angles, k)) for k in range(2))
        return a, b

    def _type_of(self, rows: Any) -> int:
        """The neighbour type whose section of the rows this is."""
        name, sel = rows.name, self._scope.sel
        for _ in range(_MAX_HOPS):
            if rows.op == "Slice":
                begin, size = (self.graph.constant(self.graph.input(rows, k)).ravel() for k in (1, 2))
                for t, (start, count) in enumerate(zip(accumulate(sel, initial=0), sel, strict=False)):
                    if begin.size == 2 and [*begin, *size] == [0, _N_COMPONENTS * start, -1, _N_COMPONENTS * count]:
                        return t
            if not rows.input:
                break
            rows = self.graph.input(rows, 0)
        raise InputError(f"{self.graph.at(name)}: cannot tell which neighbours it is for, of sel {shown(sel)}")

    def _table(self, node: Any) -> Any:
        rows, info = self.graph.input(node, _TABLE_INPUT), self.graph.input(node, _INFO_INPUT)
        self.precision = self.graph.precision(rows.name)
        coefficients, width = self.graph.constant(rows), self.graph.attribute(node, "last_layer_size").i
        if coefficients.ndim != 2 or coefficients.shape[1] != 6 * width:
            raise InputError(
                f"{self.graph.at(rows.name)}: a table of shape {coefficients.shape} does not hold six coefficients for "
                f"each of {width} channels"
            )
        return table(coefficients, self.graph.constant(info).ravel(), self.graph.at(info.name), symmetric=True)
