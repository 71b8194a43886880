"""A file that Git LFS has not fetched is named as such, with the remedy."""

from __future__ import annotations

import pytest

import dpmd
from dpmd.importers import import_model
from dpmd.lfs_pointer import refuse_lfs_pointer
from dpmd.models.spec import ModelSpec

POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 1234567\n"


@pytest.mark.parametrize("suffix", [".pb", ".pth", ".pt", ".dp", ".yaml", ".dpmd"])
@pytest.mark.parametrize("read", [dpmd.Potential, import_model, ModelSpec.load])
def test_a_pointer_in_place_of_a_model_is_named(tmp_path, suffix, read) -> None:
    path = tmp_path / f"model{suffix}"
    path.write_text(POINTER)

    with pytest.raises(dpmd.InputError, match=rf"model\{suffix}: a Git LFS pointer.*git lfs pull"):
        read(path)


def test_any_file_can_be_asked(tmp_path) -> None:
    path = tmp_path / "water.extxyz"
    refuse_lfs_pointer(path)  # the file does not exist
    path.write_text("3\n")
    refuse_lfs_pointer(path)
    path.write_text(POINTER)

    with pytest.raises(dpmd.InputError, match=r"water\.extxyz: a Git LFS pointer"):
        refuse_lfs_pointer(path)
