"""Frames of structure files and trajectories. This is the only place where data sets use ``dpmd.structure``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from dpmd.structure import ReadOptions, Structure, read_frames, unknown_names
from dpmd.systems.frame import Frame


class Structures:
    """The frames of some files, one file after another.

    Args:
        name: The name given by the user.
        files: Each in any format that ``dpmd.structure`` reads.
        type_map: Names of the model's types.
        reading: Options for what the files do not say.
        say: Called with a key and a line about how a file was interpreted; equal keys have equal lines.
    """

    def __init__(
        self,
        name: str,
        files: Sequence[Path],
        type_map: Sequence[str],
        reading: ReadOptions,
        say: Callable[[str, str], None],
    ) -> None:
        self.name, self.notes = name, []
        self._files, self._type_map, self._reading, self._say = files, type_map, reading, say

    @property
    def n_frames(self) -> int:
        """The number of frames in all files, which are read to count them.

        Raises:
            InputError: A file cannot be read as a structure, or has elements that the model lacks.
        """
        return sum(1 for _ in self._structures())

    def frames(self, chosen: Iterable[int] | None = None) -> Iterator[Frame]:
        """Frames by their numbers, which run through all files; if None, all frames, of which none is kept.

        Raises:
            InputError: As for ``n_frames``.
        """
        if chosen is None:
            yield from (_frame(*one) for one in self._structures())
            return
        chosen = list(chosen)
        wanted = set(chosen)
        kept = {number: one for number, one in enumerate(self._structures()) if number in wanted}
        yield from (_frame(*kept[number]) for number in chosen)

    def _structures(self) -> Iterator[tuple[str, Structure]]:
        names: set[str] = set()
        for file in self._files:
            for number, structure in enumerate(
                read_frames(file, self._type_map, self._reading), start=self._reading.frame or 0
            ):
                names |= structure.names
                for line in structure.notes():
                    self._say(line, line)
                yield f"{file}, frame {number}", structure
        for name in unknown_names(self._reading, names):
            line = f"{self.name}: types names {name!r}, which no atom has"
            self._say(line, line)


def _frame(place: str, one: Structure) -> Frame:
    return Frame(
        place=place,
        positions=one.positions,
        types=one.types,
        cell=one.cell if any(one.pbc) else None,
        pbc=one.pbc,
        energy=one.energy,
        forces=one.forces,
        virial=one.virial,
        fparam=one.fparam,
        aparam=one.aparam,
        step=one.step,
    )
