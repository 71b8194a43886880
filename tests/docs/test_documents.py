"""Documents refer to things that exist; each rule finds a planted violation."""

from __future__ import annotations

import shutil

import pytest

from docs.command_rules import calls, unknown_commands
from docs.environment_rules import undocumented_variables, unread_variables
from docs.input_rules import unknown_keys
from docs.link_rules import broken_links, missing_files
from docs.markdown_files import documents

RULES = [broken_links, missing_files, undocumented_variables, unknown_commands, unknown_keys, unread_variables]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_documents_obey(rule, root):
    assert rule(root) == []


@pytest.fixture
def small_tree(root, tmp_path):
    """The README and a page, in a separate tree."""
    (tmp_path / "docs").mkdir()
    shutil.copy(root / "docs" / "compression.md", tmp_path / "docs" / "page.md")
    (tmp_path / "README.md").write_text(
        "# One\n\n## Two words\n\n[page](docs/page.md#what-is-computed) [here](#two-words)\n"
    )
    (tmp_path / "bench").mkdir()
    (tmp_path / "bench" / "README.md").write_text("# Bench\n")
    return tmp_path


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        (broken_links, "[gone](docs/gone.md)"),
        (broken_links, "[`gone`](docs/page.md#no-such-heading)"),
        (broken_links, "[here](#two)"),
        (missing_files, "see `docs/gone.md`"),
        (missing_files, "see `docs/{page,gone}.md`"),
        (missing_files, "see `gone/`"),
        (unknown_keys, "```toml\n[ranks]\ngrids = [1, 1, 2]\n```"),
        (unknown_keys, "```toml\n[rank]\ngrid = [1, 1, 2]\n```"),
        (unknown_keys, "```toml\n[ranks\n```"),
        (unknown_commands, "call `dpmd explode model.pb`"),
        (unknown_commands, "call `dpmd run input.toml --faster`"),
        (unknown_commands, "```bash\nmpirun -n 4 dpmd run --resum input.toml\n```"),
        (unknown_commands, "```bash\npython -m dpmd --no-such-option\n```"),
        (unknown_commands, "```sh\n.venv/bin/dpmd convert a.pb b.dpmd && .venv/bin/dpmd test b.dpmd --set data\n```"),
    ],
)
def test_a_planted_violation_is_found(rule, line, small_tree):
    before = rule(small_tree)
    readme = small_tree / "README.md"
    readme.write_text(readme.read_text() + "\n" + line + "\n")

    planted = [violation for violation in rule(small_tree) if violation not in before]

    assert len(planted) == 1 and planted[0].startswith("README.md:"), planted


def test_links_and_files_that_are_there_are_none(small_tree):
    readme = small_tree / "README.md"
    readme.write_text(readme.read_text() + "\n`docs/page.md`, `docs/`, `docs/*.md`, `docs/{page}.md`\n")

    assert broken_links(small_tree) == []
    assert [place for place in missing_files(small_tree) if place.startswith("README")] == []


def test_a_variable_that_only_the_code_or_only_the_page_knows_is_found(root, tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "cpp").mkdir()
    (tmp_path / "docs" / "environment.md").write_text("| `DPMD_KNOWN` | x |\n| `DPMD_OLD` | x |\n")
    (tmp_path / "cpp" / "a.cpp").write_text('f(std::getenv("DPMD_KNOWN"), std::getenv("DPMD_SECRET"));')

    assert undocumented_variables(tmp_path) == ["cpp/a.cpp: docs/environment.md does not tell of DPMD_SECRET"]
    assert "docs/environment.md: nothing reads DPMD_OLD" in unread_variables(tmp_path)


@pytest.mark.parametrize(
    ("line", "arguments"),
    [
        ("dpmd info", [["info"]]),
        ("DPMD_MODULES=x dpmd info a.pb  # a comment", [["info", "a.pb"]]),
        ("srun -n 128 .venv/bin/dpmd run input.toml", [["run", "input.toml"]]),
        ("pip install dpmd", []),
        ('cmake -S . -Ddpmd_ROOT="$HOME/dpmd"', []),
        ("dpmd run a.toml && dpmd plot a", [["run", "a.toml"], ["plot", "a"]]),
    ],
)
def test_calls_are_told_from_other_words(line, arguments):
    assert list(calls(line)) == arguments


def test_there_are_documents(root):
    names = {path.relative_to(root).as_posix() for path in documents(root)}

    assert {"README.md", "docs/compression.md", "examples/water/README.md", "bench/README.md"} <= names
