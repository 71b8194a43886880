"""Only regular files are read."""

import os
import socket

import pytest

from dpmd.errors import InputError
from dpmd.regular_file import open_regular, require_regular


def test_a_file_is_opened_and_its_size_told(tmp_path):
    (tmp_path / "x").write_bytes(b"abc")

    assert require_regular(tmp_path / "x") == 3
    with open_regular(tmp_path / "x") as file:
        assert file.read() == b"abc"


def test_a_link_to_a_file_is_a_file(tmp_path):
    (tmp_path / "x").write_bytes(b"abc")
    (tmp_path / "link").symlink_to(tmp_path / "x")

    assert require_regular(tmp_path / "link") == 3


@pytest.mark.parametrize("refuse", [require_regular, open_regular])
def test_what_is_no_file_is_named_and_not_waited_for(tmp_path, monkeypatch, refuse):
    os.mkfifo(tmp_path / "fifo")
    listener = socket.socket(socket.AF_UNIX)
    monkeypatch.chdir(tmp_path)  # the path of a socket must be short
    listener.bind("socket")

    for path, kind in ((tmp_path / "fifo", "a fifo"), ("/dev/zero", "a device"), (tmp_path, "a folder")):
        with pytest.raises(InputError, match=f"^{path}: is {kind}, not a file"):
            refuse(path)
    with pytest.raises(InputError, match="a socket|cannot be read"):
        refuse(tmp_path / "socket")
    listener.close()


@pytest.mark.parametrize("refuse", [require_regular, open_regular])
@pytest.mark.parametrize("path", ["not/there", "a\0b", "x" * 10_000])
def test_what_cannot_be_opened_is_an_input_error(refuse, path):
    with pytest.raises(InputError, match="cannot be read"):
        refuse(path)


@pytest.mark.parametrize("refuse", [require_regular, open_regular])
def test_what_proc_shows_is_no_file(tmp_path, refuse):
    if not os.path.exists("/proc/self/status"):
        pytest.skip("no /proc here")
    (tmp_path / "empty").touch()

    with pytest.raises(InputError, match="a view into the kernel"):
        refuse("/proc/self/status")
    refuse(tmp_path / "empty")
    with open(tmp_path / "empty") as file:
        refuse(f"/proc/self/fd/{file.fileno()}")
