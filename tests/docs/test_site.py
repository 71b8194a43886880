"""The documentation site: its generated parts are complete, and it builds without a warning."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys

import pytest

PLANTED = """/* About the header. */
#ifndef H
#define H
/* What
 * follows. */
enum {
    ONE = 1, /* the first */
    TWO,     /* the second */
};
typedef struct thing thing;
/* A pair. */
typedef struct pair {
    int a, b;      /* both */
    const char* s; /* [n_atoms] in `units` */
} pair;
/* Made once. */
#ifdef __cplusplus
#define MAKE(x) x()
#else
#define MAKE(x) x
#endif
DPMD_C_API int first(thing* one); /* behind */
DPMD_C_API int second(const pair* const* two,
                      int n);
#endif
"""


@pytest.fixture
def site_module(root):
    """Loads a module of the site, which is not a package."""

    def load(name: str):
        specification = importlib.util.spec_from_file_location(name, root / "docs" / "_site" / f"{name}.py")
        module = importlib.util.module_from_spec(specification)
        sys.modules[name] = module
        specification.loader.exec_module(module)
        return module

    return load


def test_a_header_is_read_with_its_comments(site_module):
    introduction, (enum, opaque, pair, macro, first, second) = site_module("c_header").read_header(PLANTED)

    assert introduction == "About the header."
    assert (enum.comment, [one.text for one in enum.members]) == ("What\nfollows.", ["ONE = 1", "TWO"])
    assert [one.comment for one in enum.members] == ["the first", "the second"]
    assert (opaque.kind, opaque.text, opaque.comment) == ("type", "thing", "")
    assert [one.text for one in pair.members] == ["int a", "int b", "const char* s"]
    assert pair.members[2].comment == "[n_atoms] in `units`"
    assert (macro.text, macro.comment) == ("MAKE(x)", "Made once.")
    assert (first.text, first.name, first.comment) == ("int first(thing* one)", "first", "behind")
    assert second.text == "int second(const pair* const* two, int n)"


@pytest.mark.parametrize(
    "line", ["int global;", "union u { int a; };", "DPMD_C_API int f(void) { return 1; };", "typedef int (*g)(void);"]
)
def test_what_a_header_must_not_hold_is_an_error(line, site_module):
    with pytest.raises(ValueError, match=re.escape(line.split()[0])):
        site_module("c_header").read_header(PLANTED.replace("#endif\n", f"{line}\n#endif\n"))


def test_a_member_that_is_not_understood_is_an_error(site_module):
    with pytest.raises(ValueError, match="no member"):
        site_module("c_header").read_header(PLANTED.replace("int a, b;", "int a /"))


def test_the_c_page_has_every_function_and_structure(site_module, root):
    text = (root / "cpp" / "include" / "dpmd" / "dpmd.h").read_text()
    _, declarations = site_module("c_header").read_header(text)
    named = {kind: {one.name for one in declarations if one.kind == kind} for kind in ("function", "struct")}

    assert named["function"] == set(re.findall(r"^DPMD_C_API [^(]*?(\w+)\(", text, re.MULTILINE))
    assert named["struct"] == set(re.findall(r"^} (\w+);", text, re.MULTILINE))
    structures = [one for one in declarations if one.kind == "struct"]
    assert all(one.members[0].text == "size_t struct_size" and len(one.members) > 1 for one in structures)


def test_the_python_page_has_every_public_name(root):
    import dpmd

    page = (root / "docs" / "python-api.md").read_text()
    named = set(re.findall(r"^\.\. auto(?:class|function|exception):: (\w+)$", page, re.MULTILINE))

    assert named == set(dpmd.__all__)


def test_the_cpp_page_has_every_public_header(root):
    page = (root / "docs" / "cpp-api.md").read_text()
    headers = {path.name for path in (root / "cpp" / "include" / "dpmd").glob("*.hpp")} - {"export.hpp"}

    assert set(re.findall(r"^```\{literalinclude\} .*/dpmd/(\w+\.hpp)$", page, re.MULTILINE)) == headers


@pytest.mark.parametrize(
    ("link", "folder", "expected"),
    [
        ("[x](compression.md#a-b)", "docs", "[x](/compression.md#a-b)"),
        ("[x](docs/parallel.md)", ".", "[x](/parallel.md)"),
        ("[x](../bench/README.md#scaling)", "docs", "[x](/performance.md#scaling)"),
        ("[x](../hip/README.md)", "docs", "[x](/gpu.md#amd)"),
        ("[x](versus/README.md)", "bench", "x (`bench/versus/README.md`)"),
        ("[LICENSE](LICENSE)", ".", "`LICENSE`"),
        ("[x](#here) [y](https://a.b/c.md)", "docs", "[x](#here) [y](https://a.b/c.md)"),
        ("`[x](README.md)`", "docs", "`[x](README.md)`"),
        ("[`a[0]`](../README.md)", "docs", "[`a[0]`](/index.md)"),
        ("```text\n[x](README.md)\n```", "docs", "```text\n[x](README.md)\n```"),
    ],
)
def test_links_of_the_tree_become_links_of_the_site(link, folder, expected, site_module):
    pytest.importorskip("sphinx")

    assert site_module("tree_links").rewrite(link, folder) == expected


def test_the_site_builds_without_a_warning(root, tmp_path):
    for package in ("sphinx", "myst_parser", "furo"):
        pytest.importorskip(package)

    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "docs", str(tmp_path / "site")]
    built = subprocess.run(command, cwd=root, capture_output=True, text=True)

    assert built.returncode == 0, built.stderr
    reference = (tmp_path / "site" / "c-api.html").read_text()
    assert 'id="c.dpmd_compute_local"' in reference
    assert 'id="dpmd.Potential.compute"' in (tmp_path / "site" / "python-api.html").read_text()
    commands = (tmp_path / "site" / "commands.html").read_text()
    assert "stops; --resume then" in commands  # no dash
    assert "..." not in commands[commands.index("Commands") : commands.index('id="dpmd-run"')]
