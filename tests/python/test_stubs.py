"""The type stubs name everything that exists, and nothing else."""

from __future__ import annotations

import ast
from pathlib import Path

import dpmd
from dpmd import _core
from support.ensemble_stub import stub


def public(names):
    return {name for name in names if not name.startswith("_")}


def test_the_stub_lists_every_member_of_the_extension() -> None:
    stub = ast.parse((Path(dpmd.__file__).parent / "_core.pyi").read_text())
    classes = {node.name: node for node in stub.body if isinstance(node, ast.ClassDef)}
    functions = {node.name for node in stub.body if isinstance(node, ast.FunctionDef)}

    assert public(classes) | functions == public(vars(_core))
    for name, node in classes.items():
        described = public(member.name for member in node.body if isinstance(member, ast.FunctionDef))
        assert described == public(vars(getattr(_core, name))), name


def test_everything_announced_can_be_imported() -> None:
    assert all(getattr(dpmd, name) is not None for name in dpmd.__all__)
    assert (Path(dpmd.__file__).parent / "py.typed").is_file()


def test_the_stub_of_the_ensembles_is_what_their_tables_give() -> None:
    written = (Path(dpmd.__file__).parent / "ensembles.pyi").read_text()

    assert written == stub(), "run: python tests/support/ensemble_stub.py"
