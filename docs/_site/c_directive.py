"""The directive ``c-header``: every declaration of a C header with its comment."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, ClassVar

from c_header import Declaration, read_header
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


class CHeader(SphinxDirective):
    """``.. c-header:: ../cpp/include/dpmd/dpmd.h``"""

    required_arguments: ClassVar[int] = 1

    def run(self) -> list[nodes.Node]:
        """The declarations as directives of Sphinx's domain of C."""
        path = Path(self.env.srcdir, self.arguments[0])
        self.env.note_dependency(str(path))
        try:
            introduction, declarations = read_header(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise self.error(f"{path}: {error}") from error
        roles = {one.name: "func" for one in declarations if one.kind == "function"}
        roles |= {one.name: "struct" for one in declarations if one.kind == "struct"}
        roles |= {one.name: "type" for one in declarations if one.kind == "type"}
        lines = _comment_lines(introduction, roles, "")
        for one in declarations:
            lines += _directive(one, roles, "")
        node = nodes.container()
        self.state.nested_parse(StringList(lines, source=str(path)), 0, node)
        return node.children


def _directive(one: Declaration, roles: dict[str, str], indent: str) -> list[str]:
    lines = [f"{indent}.. c:{one.kind}:: {one.text or '@status'}", ""]
    lines += _comment_lines(one.comment, roles, indent + "   ")
    for member in one.members:
        lines += _directive(member, roles, indent + "   ")
    return lines


def _comment_lines(comment: str, roles: dict[str, str], indent: str) -> list[str]:
    lines = [indent + _as_rst(line, roles) if line else "" for line in comment.splitlines()]
    return [*lines, ""] if lines else []


def _as_rst(line: str, roles: dict[str, str]) -> str:
    """A line with names of the header as links, `code` as code, and no other markup."""
    parts = re.split(r"(`[^`]+`|\b\w+\b)", line)
    for k, part in enumerate(parts):
        if part in roles:
            parts[k] = rf"\ :c:{roles[part]}:`{part}`\ "
        elif part.startswith("`") and len(part) > 2:
            parts[k] = rf"\ `{part}`\ "
        else:
            parts[k] = re.sub(r"([\\*`|_<>])", r"\\\1", part)
    return "".join(parts)


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx."""
    app.add_directive("c-header", CHeader)
    return {"parallel_read_safe": True}
