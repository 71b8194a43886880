"""The documentation site: ``python -m sphinx -W docs build/docs``, where dpmd and its extra ``docs`` are installed."""

import re
import sys
from pathlib import Path

from pygments.lexers.data import JsonLexer

import dpmd

sys.path.insert(0, str(Path(__file__).resolve().parent / "_site"))

project = "dpmd"
author = "the dpmd developers"
copyright = "the dpmd developers, BSD-3-Clause"
version = release = dpmd.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "c_directive",
    "generated_markdown",
    "tree_links",
]
exclude_patterns = ["_site"]

myst_heading_anchors = 4  # links to headings as GitHub makes them

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented_params"
autodoc_default_options = {"members": True, "undoc-members": True}
napoleon_numpy_docstring = False

smartquotes_action = "qe"  # two hyphens begin an option, no dash

html_theme = "furo"
html_title = f"dpmd {release}"
html_copy_source = False
html_show_sphinx = False
html_static_path = ["_site/static"]
html_css_files = ["wide.css"]
html_theme_options = {"footer_icons": []}


COLON = "\ue000"


def hide_colons(app, what, name, thing, options, lines):
    """Where our text has a colon napoleon may see the end of a type: in attributes and below "Returns"."""
    section = ""
    for k, line in enumerate(lines):
        section = line if line in ("Args:", "Returns:", "Raises:") else section
        if what in ("attribute", "data", "property") or (section == "Returns:" and line != section):
            lines[k] = line.replace(":", COLON)


def after_napoleon(app, what, name, thing, options, lines):
    """A bar is a bar (|x| is a length, no substitution), and "K." is a unit, not the eleventh item of a list."""
    for k, line in enumerate(lines):
        line = re.sub(r"^(\s+\w)\.$", r"\1\\.", line.replace(COLON, ":"))
        lines[k] = re.sub(r"(``.*?``)|\|", lambda found: found.group(1) or r"\|", line)


def setup(app):
    """Called by Sphinx."""
    app.add_lexer("jsonc", JsonLexer)  # it knows comments
    app.connect("autodoc-process-docstring", hide_colons, priority=400)
    app.connect("autodoc-process-docstring", after_napoleon, priority=600)
