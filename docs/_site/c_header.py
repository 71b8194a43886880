"""Reads the documented declarations of a C header, ``cpp/include/dpmd/dpmd.h``, in their order.

The header must be written like that one: a comment before a declaration or after it on its line, structures as
``typedef struct NAME {...} NAME;``. Text that is not understood is an error and never left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field


@dataclass
class Declaration:
    """One thing that the header declares."""

    kind: str
    """``"enum"``, ``"enumerator"``, ``"struct"``, ``"member"``, ``"type"``, ``"macro"`` or ``"function"``."""
    text: str
    """The name, or for functions and members the whole declaration."""
    comment: str = ""
    members: list[Declaration] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The identifier."""
        found = re.search(r"(\w+)\s*(\(|$)", self.text)
        return found.group(1) if found else self.text


_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<comment>/\*.*?\*/)
    |(?P<directive>\#(?:[^\n]*\\\n)*[^\n]*)
    |(?P<declaration>[^;{}/\#]+(?:\{.*?\}[^;{}]*)?;)""",
    re.VERBOSE | re.DOTALL,
)
_CPLUSPLUS = re.compile(r"^#ifdef __cplusplus\n(.*?)^(?:#else\n(.*?))?#endif[^\n]*\n", re.MULTILINE | re.DOTALL)
_TRAILING = re.compile(r"[ \t]*/\*(?:[^*]|\*(?!/))*\*/")


def read_header(text: str) -> tuple[str, list[Declaration]]:
    """The comment at the top, and the declarations.

    Raises:
        ValueError: The message holds the text that is not understood.
    """
    text = _CPLUSPLUS.sub(lambda found: found.group(2) or "", text)  # as a C compiler sees it
    introduction, comment, found, position = "", "", [], 0
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None:
            raise ValueError(f"cannot be read: {text[position : position + 60]!r}")
        position = token.end()
        if token.lastgroup == "comment":
            introduction = introduction or comment_text(token.group())
            comment = comment_text(token.group())
        elif token.lastgroup == "directive" and comment:
            macro = re.match(r"#define (\w+\([^)]*\))", token.group())
            found += [Declaration("macro", macro.group(1), comment)] if macro else []
            comment = ""
        elif token.lastgroup == "declaration":
            trailing = _TRAILING.match(text, position)
            if trailing:
                comment, position = comment_text(trailing.group()), trailing.end()
            found.append(_declaration(" ".join(token.group()[:-1].split()), token.group(), comment))
            comment = ""
    return introduction, found


def comment_text(comment: str) -> str:
    """A comment without its marks, with its lines kept."""
    lines = comment.strip().removeprefix("/*").removesuffix("*/").splitlines()
    return "\n".join(re.sub(r"^\s*\*( |$)", "", line) for line in lines).strip()


def _declaration(line: str, source: str, comment: str) -> Declaration:
    inside = source[source.find("{") + 1 : source.rfind("}")] if "{" in source else ""
    if line.startswith("enum {"):
        return Declaration("enum", "", comment, _members("enumerator", inside, ","))
    if struct := re.match(r"typedef struct (\w+) \{.*\} (\w+)$", line):
        return Declaration("struct", struct.group(2), comment, _members("member", inside, ";"))
    if opaque := re.fullmatch(r"typedef struct (\w+) (\w+)", line):
        return Declaration("type", opaque.group(2), comment)
    if function := re.fullmatch(r"DPMD_C_API ([^{}]+\))", line):
        return Declaration("function", function.group(1), comment)
    raise ValueError(f"neither enum, struct nor function: {line!r}")


def _members(kind: str, inside: str, end: str) -> list[Declaration]:
    """The members of a struct or an enum, each with the comment after it."""
    members, position = [], 0
    pattern = re.compile(rf"\s*([^/{end}]+){end}({_TRAILING.pattern})?")
    while member := pattern.match(inside, position):
        position = member.end()
        comment = comment_text(member.group(2)) if member.group(2) else ""
        members += [Declaration(kind, text, comment) for text in _declarators(" ".join(member.group(1).split()))]
    if inside[position:].strip():
        raise ValueError(f"no {kind} that ends in '{end}' with its comment behind it: {inside[position:].strip()!r}")
    return members


def _declarators(line: str) -> list[str]:
    """``int a, b`` as ``int a`` and ``int b``."""
    first, *others = line.split(", ")
    base = first.rpartition(" ")[0]
    return [first] + [f"{base} {other}" for other in others]
