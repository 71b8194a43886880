"""The check of release wheels finds what is planted in a wheel of empty libraries."""

from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from release.check_wheel import problems, sizes

GOMP = "libgomp-0123abcd.so.1.0.0"
LIBRARIES = {  # in the order of building: file, what it needs, where it looks
    f"dpmd.libs/{GOMP}": ([], None),
    "dpmd/lib/libdpmd.so.1.2": ([f"dpmd.libs/{GOMP}"], "$ORIGIN/../../dpmd.libs"),
    "dpmd/lib/libdpmd_cuda.so": (["dpmd/lib/libdpmd.so.1.2"], "$ORIGIN"),
    "dpmd/lib/libdpmd_mpi.so": (["dpmd/lib/libdpmd.so.1.2"], "$ORIGIN"),
    "dpmd/lib/dpmdplugin.so": (["dpmd/lib/libdpmd.so.1.2"], "$ORIGIN"),
    "dpmd/lib/deepmd/libdeepmd_c.so": (["dpmd/lib/libdpmd.so.1.2"], "$ORIGIN/.."),
    "dpmd/_core.cpython-311-x86_64-linux-gnu.so": (["dpmd/lib/libdpmd.so.1.2"], "$ORIGIN/lib"),
}
OTHERS = (
    "dpmd/include/dpmd/dpmd.h",
    "dpmd/include/deepmd/c_api.h",
    "dpmd/lib/cmake/dpmd/dpmdConfig.cmake",
    "dpmd/lib/cmake/DeePMD/DeePMDConfig.cmake",
    "dpmd-1.2.3.dist-info/licenses/LICENSE",
)


def link(root: Path, name: str, needed: list[str], looks_in: str | None) -> None:
    """An empty library, from which nothing is called."""
    out = root / name
    out.parent.mkdir(parents=True, exist_ok=True)
    command = [os.environ.get("CXX", "g++"), "-shared", "-o", str(out), f"-Wl,-soname,{out.name}", "-Wl,--no-as-needed"]
    if looks_in is not None:
        command.append(f"-Wl,-rpath,{looks_in}")
    subprocess.run([*command, "-x", "c++", os.devnull, "-x", "none", *(str(root / n) for n in needed)], check=True)


@pytest.fixture(scope="module")
def contents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The contents of a good wheel."""
    root = tmp_path_factory.mktemp("contents")
    for name, (needed, looks_in) in LIBRARIES.items():
        link(root, name, needed, looks_in)
    for name in OTHERS:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("text\n")
    return root


def packed(contents: Path, folder: Path, change: Callable[[Path], object] = lambda root: None) -> Path:
    """A wheel of these contents after a change."""
    root = folder / "contents"
    shutil.copytree(contents, root)
    change(root)
    wheel = folder / "dpmd-1.2.3-cp311-cp311-manylinux_2_35_x86_64.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path in sorted(root.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(root))
    return wheel


def test_a_good_wheel_has_no_problems_and_all_its_bytes_are_told(contents, tmp_path):
    wheel = packed(contents, tmp_path)

    assert problems(wheel) == []
    installed = sum(size for _, _, size in sizes(wheel))
    assert installed == sum(path.stat().st_size for path in (tmp_path / "contents").rglob("*") if path.is_file())


def test_a_wheel_above_the_limit_is_found(contents, tmp_path):
    assert [p.split(",")[1] for p in problems(packed(contents, tmp_path), largest=1000)] == [" and 1000 are the limit"]


def test_a_wheel_that_was_not_repaired_is_found(contents, tmp_path):
    wheel = packed(contents, tmp_path)
    found = problems(wheel.rename(tmp_path / "dpmd-1.2.3-cp311-cp311-linux_x86_64.whl"))
    assert len(found) == 1 and "auditwheel" in found[0]


@pytest.mark.parametrize("name", [*LIBRARIES, *OTHERS][1:])
def test_a_missing_part_is_found(name, contents, tmp_path):
    found = problems(packed(contents, tmp_path, lambda root: (root / name).unlink()))
    assert any("is missing" in problem for problem in found)


PLANTED = {
    "a copy under another name": (
        lambda root: shutil.copy(root / "dpmd/lib/libdpmd.so.1.2", root / "dpmd/lib/libother.so"),
        "one file several times: dpmd/lib/libdpmd.so.1.2 dpmd/lib/libother.so",
    ),
    "the engine brought in beside itself": (
        lambda root: link(root, "dpmd.libs/libdpmd-89abcdef.so.1.2", [], None),
        "libdpmd is in there twice",
    ),
    "a foreign library": (
        lambda root: link(root, "dpmd.libs/libcudart-89abcdef.so.13", [], None),
        "dpmd.libs/libcudart-89abcdef.so.13 was brought in and should not be",
    ),
    "a file of another package": (
        lambda root: (root / "stray.py").write_text(""),
        "stray.py does not belong to dpmd",
    ),
    "a folder of the building machine": (
        lambda root: link(root, "dpmd/lib/libdpmd_mpi.so", ["dpmd/lib/libdpmd.so.1.2"], "$ORIGIN:/opt"),
        "dpmd/lib/libdpmd_mpi.so looks for libraries in '/opt', which is not relative to its own folder",
    ),
    "a library that is not found from there": (
        lambda root: link(root, "dpmd/lib/libdpmd_mpi.so", ["dpmd/lib/libdpmd.so.1.2"], "$ORIGIN/.."),
        "dpmd/lib/libdpmd_mpi.so needs libdpmd.so.1.2, which is not where it looks",
    ),
}


@pytest.mark.parametrize("planted", PLANTED)
def test_what_is_planted_is_found(planted, contents, tmp_path):
    change, complaint = PLANTED[planted]
    assert complaint in problems(packed(contents, tmp_path, change))


def test_a_library_that_links_an_mpi_is_found(contents, tmp_path):
    def change(root: Path) -> None:
        link(root, "libmpi.so.12", [], None)
        link(root, "dpmd/lib/dpmdplugin.so", ["dpmd/lib/libdpmd.so.1.2", "libmpi.so.12"], "$ORIGIN")
        (root / "libmpi.so.12").unlink()

    assert problems(packed(contents, tmp_path, change)) == [
        "dpmd/lib/dpmdplugin.so needs libmpi.so.12, which is not where it looks"
    ]
