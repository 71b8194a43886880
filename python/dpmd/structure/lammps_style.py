"""Which columns the section Atoms of a LAMMPS data file has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dpmd.structure.text_file import Place

# docs.lammps.org/read_data.html, without the three image flags that may follow.
_STYLES = {
    "atomic": "id type x y z",
    "charge": "id type q x y z",
    "molecular": "id molecule type x y z",
    "full": "id molecule type q x y z",
    "bond": "id molecule type x y z",
    "angle": "id molecule type x y z",
    "sphere": "id type diameter density x y z",
    "dipole": "id type q x y z mux muy muz",
    "spin": "id type x y z spx spy spz sp",
}
_GUESSED = ("atomic", "charge", "molecular", "full")  # others are rare, and their columns tell less


@dataclass(frozen=True)
class AtomStyle:
    """The columns of a style."""

    name: str
    columns: tuple[str, ...]
    has_images: bool

    @property
    def type_column(self) -> int:
        return self.columns.index("type")

    @property
    def position_columns(self) -> tuple[int, ...]:
        return tuple(self.columns.index(name) for name in "xyz")

    @property
    def image_columns(self) -> tuple[int, ...]:
        n = len(self.columns)
        return (n, n + 1, n + 2) if self.has_images else ()

    @property
    def unused(self) -> list[str]:
        """Columns that dpmd has no use for."""
        return [name for name in self.columns if name not in ("id", "type", "x", "y", "z", "molecule")]


def choose_style(
    words: Sequence[Sequence[str]], labels: Mapping[str, str], in_file: str, given: str | None, place: Place
) -> AtomStyle:
    """The style that the user names, or the file behind "Atoms #", or the one that the columns fit.

    Args:
        words: The columns.
        labels: Label of each type's number, where there are some: types may stand as labels.
        in_file: The comment behind the section's name.
        given: What the user says.
        place: For messages.
    """
    named = in_file.split()[0] if in_file else None
    if given is not None and named in _STYLES and _STYLES[given if given in _STYLES else named] != _STYLES[named]:
        place.wrong(f'atom_style = "{given}", but the file says {named}: remove the key, or correct it')
    name = given or (named if named in _STYLES or named == "hybrid" else None)
    if name is not None:
        if name not in _STYLES:
            place.wrong(f"atom style {name} is not read; dpmd reads {', '.join(_STYLES)}")
        style = _fitting(name, words, labels)
        if style is None:
            place.wrong(f"{len(words)} columns are not those of atom style {name}: {_STYLES[name]} and image flags")
        return style
    fitting = [style for style in (_fitting(name, words, labels) for name in _GUESSED) if style is not None]
    if len(fitting) != 1:
        options = " or ".join(style.name for style in fitting) or f"none that dpmd guesses ({', '.join(_GUESSED)})"
        place.wrong(
            f"{len(words)} columns may be atom style {options}; name it: atom_style in [structure], --atom-style, or "
            'behind "Atoms #" in the file'
        )
    return fitting[0]


def _fitting(name: str, words: Sequence[Sequence[str]], labels: Mapping[str, str]) -> AtomStyle | None:
    """The style with or without image flags, when every column can be what it is to be."""
    columns = tuple(_STYLES[name].split())
    n_more = len(words) - len(columns)
    if n_more not in (0, 3):
        return None
    style = AtomStyle(name, columns, n_more == 3)
    known = set(labels.values())
    whole = all(word.isdigit() or word in known for word in set(words[style.type_column]))
    molecules = "molecule" not in columns or all(_is_whole(word) for word in words[columns.index("molecule")])
    # A charge may be written without a point, but not all of them positive: those are types.
    charges = "q" not in columns or not all(word.isdigit() and word != "0" for word in words[columns.index("q")])
    images = all(_is_whole(word) for k in style.image_columns for word in words[k])
    return style if whole and molecules and charges and images else None


def _is_whole(word: str) -> bool:
    return word.lstrip("+-").isdigit()
