"""``python/dpmd/ensembles.pyi``, from the tables of the ensembles: ``python tests/support/ensemble_stub.py`` writes it
for the installed dpmd."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from dpmd.ensemble_table import KINDS, Kind, Parameter

HEAD = '''"""Written by tests/support/ensemble_stub.py."""

from dataclasses import dataclass
from typing import Any, Literal

class Ensemble:
    def _to_core(self) -> tuple[str, dict[str, Any]]: ...
    @staticmethod
    def _from_core(core: tuple[str, dict[str, Any]]) -> Ensemble: ...

ENSEMBLES: dict[str, type[Ensemble]]
'''


def stub() -> str:
    """The text of the whole file."""
    return HEAD + "".join(_class(kind) for kind in KINDS.values())


def _class(kind: Kind) -> str:
    members = [_member(one) for one in kind.parameters]
    head = f"\n@dataclass(frozen=True)\nclass {kind.name}(Ensemble):"
    return head + ("\n" + "\n".join(members) if members else " ...") + "\n"


def _member(one: Parameter) -> str:
    choices = ", ".join(f'"{choice}"' for choice in get_args(one.kind))
    kind = f"Literal[{choices}]" if choices else one.kind.__name__
    return f"    {one.name}: {kind}" + ("" if one.default is None else " = ...")


if __name__ == "__main__":
    (Path(__file__).resolve().parents[2] / "python" / "dpmd" / "ensembles.pyi").write_text(stub())
