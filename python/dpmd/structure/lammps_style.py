"""The columns of the section Atoms of a LAMMPS data file."""

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
_GUESSED = ("atomic", "charge", "molecular", "full")  # others are rare, and their columns are less distinctive


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
        """Columns that dpmd does not use."""
        return [name for name in self.columns if name not in ("id", "type", "x", "y", "z", "molecule")]


def choose_style(
    words: Sequence[Sequence[str]], labels: Mapping[str, str], in_file: str, given: str | None, place: Place
) -> AtomStyle:
    """The style that the user names, or the file after "Atoms #", or the one that fits the columns.

    Args:
        words: The columns.
        labels: The label of each type number, if there are any: types may be given as labels.
        in_file: The comment after the section's name.
        given: The user's choice.
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
        options = " or ".join(style.name for style in fitting) or f"none that dpmd recognises ({', '.join(_GUESSED)})"
        place.wrong(
            f"{len(words)} columns may be atom style {options}; name it: atom_style in [structure], --atom-style, or "
            'after "Atoms #" in the file'
        )
    return fitting[0]


def _fitting(name: str, words: Sequence[Sequence[str]], labels: Mapping[str, str]) -> AtomStyle | None:
    """The style with or without image flags, if the values of every column are possible for it."""
    columns = tuple(_STYLES[name].split())
    n_more = len(words) - len(columns)
    if n_more not in (0, 3):
        return None
    style = AtomStyle(name, columns, n_more == 3)
    known = set(labels.values())
    whole = all(word.isdigit() or word in known for word in set(words[style.type_column]))
    molecules = "molecule" not in columns or all(_is_whole(word) for word in words[columns.index("molecule")])
    # Charges may be written without a decimal point, but if all are positive they are types.
    charges = "q" not in columns or not all(word.isdigit() and word != "0" for word in words[columns.index("q")])
    images = all(_is_whole(word) for k in style.image_columns for word in words[k])
    return style if whole and molecules and charges and images else None


def _is_whole(word: str) -> bool:
    return word.lstrip("+-").isdigit()
