"""Pieces of input files in documents have tables and keys that ``dpmd run`` knows."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from docs.markdown_files import code_blocks, documents
from dpmd.config import SCHEMA, tomllib


def unknown_keys(root: Path) -> list[str]:
    """Checks blocks of TOML, which may leave out tables and keys."""
    found = []
    for block in (block for path in documents(root) for block in code_blocks(path) if block.language == "toml"):
        place = f"{block.path.relative_to(root).as_posix()}:{block.line}"
        try:
            document = tomllib.loads(block.text)
        except tomllib.TOMLDecodeError as error:
            found.append(f"{place}: not TOML: {error}")
            continue
        for table, keys in document.items():
            known = {item.name for item in fields(SCHEMA[table])} if table in SCHEMA else set()
            unknown = [f"{table}.{key}" for key in keys if key not in known] if known else [f"[{table}]"]
            found += [f"{place}: {name} is unknown" for name in unknown]
    return found
