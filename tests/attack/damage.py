"""Damage to the content of files, seeded."""

from __future__ import annotations

import io
import random
import re
import struct
import zipfile

_ODD = [
    b"0",
    b"-1",
    b"1e999",
    b"nan",
    b"99999999999",
    b"2147483648",
    b"0.5",
    b"1e-300",
    b"true",
    b"",
    b"[]",
    b"~",
    b"\0",
]
_SPECIAL = [struct.pack(form, value) for form, value in (
    ("<i", -1), ("<i", 0), ("<I", 2**31), ("<q", -1), ("<q", 2**62), ("<d", float("nan")), ("<d", float("inf")),
    ("<d", 1e300), ("<d", -0.0), ("<d", 1e16), ("<f", float("nan")), ("<H", 65535), ("<Q", 2**64 - 1),
)]  # fmt: skip
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")


def damaged(content: bytes, rng: random.Random) -> bytes:
    """Some bytes changed, removed, added or moved; in a zip archive mostly inside members, with correct checksums."""
    if content[:2] == b"PK" and rng.random() < 0.8:
        return _archive_damaged(content, rng)
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        content = rng.choice(_KINDS)(content, rng)
    return content


def _archive_damaged(content: bytes, rng: random.Random) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = [(info.filename, archive.read(info)) for info in archive.infolist()]
    chosen = rng.randrange(len(parts))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as archive:
        for k, (name, part) in enumerate(parts):
            archive.writestr(name, damaged(part, rng) if k == chosen else part)
    return out.getvalue()


def _place(content: bytes, rng: random.Random) -> tuple[int, int]:
    """Begin and end of a range; shorter ones are more likely."""
    at = rng.randrange(len(content) + 1)
    return at, min(len(content), at + int(rng.expovariate(1 / 16)))


def _flip(content: bytes, rng: random.Random) -> bytes:
    if not content:
        return content
    at = rng.randrange(len(content))
    return content[:at] + bytes([content[at] ^ 1 << rng.randrange(8)]) + content[at + 1 :]


def _byte(content: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(content) + 1)
    return content[:at] + rng.randbytes(1) + content[at + 1 :]


def _special(content: bytes, rng: random.Random) -> bytes:
    at, value = rng.randrange(len(content) + 1), rng.choice(_SPECIAL)
    return content[:at] + value + content[at + len(value) :]


def _cut(content: bytes, rng: random.Random) -> bytes:
    return content[: rng.randrange(len(content) + 1)]


def _remove(content: bytes, rng: random.Random) -> bytes:
    begin, end = _place(content, rng)
    return content[:begin] + content[end:]


def _repeat(content: bytes, rng: random.Random) -> bytes:
    begin, end = _place(content, rng)
    return content[:end] + content[begin:end] * rng.choice((1, 1, 3, 50)) + content[end:]


def _insert(content: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(content) + 1)
    return content[:at] + rng.randbytes(rng.randrange(1, 64)) + content[at:]


def _move(content: bytes, rng: random.Random) -> bytes:
    begin, end = _place(content, rng)
    rest = content[:begin] + content[end:]
    at = rng.randrange(len(rest) + 1)
    return rest[:at] + content[begin:end] + rest[at:]


def _number(content: bytes, rng: random.Random) -> bytes:
    """Replaces a number of a text, near a random place, by an odd one."""
    found = _NUMBER.search(content, rng.randrange(len(content) + 1))
    return content if found is None else content[: found.start()] + rng.choice(_ODD) + content[found.end() :]


def _line(content: bytes, rng: random.Random) -> bytes:
    """Removes, doubles or moves a line of a text."""
    lines = content.split(b"\n")
    line = lines.pop(rng.randrange(len(lines)))
    for _ in range(rng.randrange(3)):
        lines.insert(rng.randrange(len(lines) + 1), line)
    return b"\n".join(lines)


_KINDS = (_flip, _flip, _byte, _special, _cut, _remove, _repeat, _insert, _move, _number, _number, _line)
