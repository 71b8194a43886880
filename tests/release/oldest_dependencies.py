"""The oldest versions that the project admits: oldest_dependencies.py PYPROJECT [EXTRA...] prints pinned requirements.

They go to ``pip install -r``: every lower bound of ``dependencies`` and of the extras becomes the version itself. A
bound that is never tested soon becomes wrong.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_REQUIREMENT = re.compile(r"(?P<name>[\w.-]+(\[[\w,.-]+\])?)\s*(?P<bounds>[^;]*)(?P<marker>;.*)?")
_LOWEST = re.compile(r"(?:>=|==)\s*([\w.*]+)")


def oldest(requirement: str) -> str:
    """``name>=1.2,<2; marker`` as ``name==1.2; marker``."""
    match = _REQUIREMENT.fullmatch(requirement.strip())
    lowest = _LOWEST.search(match["bounds"]) if match else None
    if lowest is None:
        raise ValueError(f"{requirement!r} has no lower bound")
    marker = (match["marker"] or "").removeprefix(";").strip()
    return f"{match['name']}=={lowest[1]}" + (f"; {marker}" if marker else "")


def oldest_dependencies(pyproject: Path, extras: Iterable[str] = ()) -> list[str]:
    """Pinned requirements of the package and of some of its extras, each once."""
    project = tomllib.loads(pyproject.read_text())["project"]
    lists = [project["dependencies"], *(project["optional-dependencies"][extra] for extra in extras)]
    return list(dict.fromkeys(oldest(one) for listed in lists for one in listed))


if __name__ == "__main__":
    print("\n".join(oldest_dependencies(Path(sys.argv[1]), sys.argv[2:])))
