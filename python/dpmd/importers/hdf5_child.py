"""Reads a model's HDF5 file in a process of its own; started by ``hdf5_file``, never imported.

stdin: the file. argv: bytes of memory and seconds of CPU it may use beside what it has used by then, bytes the arrays
may hold.
stdout: safetensors, one float64 array per numeric dataset; metadata: the attribute ``json`` and, as a
JSON list, the names of the datasets that are ``skipped`` (programs that .hlo files keep beside a model).
Failure: status 1 and one line on stderr.
"""

import sys

sys.path.pop(0)  # the folder of this script, whose modules have common names

import io
import json
import math
import time

import h5py
import numpy as np
from safetensors.numpy import save


def limit(memory: int, seconds: int) -> None:
    """Cap memory and CPU time, beyond what is used now, where the system can."""
    try:
        import resource

        with open("/proc/self/statm") as pages:
            memory += int(pages.read().split()[0]) * resource.getpagesize()
    except (ImportError, OSError):
        return
    seconds += math.ceil(time.process_time())
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


def text_of(file: h5py.File) -> str:
    if "json" not in file.attrs:
        raise ValueError("no attribute 'json' in it; is it a DeePMD-kit model?")
    if file.attrs.get_id("json").shape != ():
        raise ValueError("the attribute 'json' is not one text")
    text = file.attrs["json"]
    text = text.decode("utf-8") if isinstance(text, bytes) else text
    if not isinstance(text, str):
        raise ValueError("the attribute 'json' is not text")
    return text


def arrays_of(file: h5py.File, n_bytes: int) -> tuple[dict[str, np.ndarray], list[str]]:
    """Every numeric dataset at the root, and the names of what else is there."""
    arrays, skipped = {}, []
    for name in file:
        if not isinstance(file.get(name, getlink=True), h5py.HardLink):
            raise ValueError(f"{name} is a link, not a dataset of this file")
        dataset = file[name]
        if not isinstance(dataset, h5py.Dataset) or dataset.dtype.kind not in "fiub":
            skipped.append(name)
            continue
        if dataset.external or dataset.is_virtual:
            raise ValueError(f"{name} keeps its data in another file")
        n_bytes -= 8 * int(np.prod([int(n) for n in dataset.shape], dtype=object))
        if n_bytes < 0:
            raise ValueError(f"{name} declares the shape {dataset.shape}, more than the file holds")
        arrays[name] = np.ascontiguousarray(dataset[()], dtype=np.float64)
    return arrays, skipped


def main() -> None:
    content = io.BytesIO(sys.stdin.buffer.read())
    limit(int(sys.argv[1]), int(sys.argv[2]))
    with h5py.File(content, "r") as file:
        text = text_of(file)
        arrays, skipped = arrays_of(file, int(sys.argv[3]))
    metadata = {"json": text, "skipped": json.dumps(skipped)}
    sys.stdout.buffer.write(save(arrays, metadata=metadata))


try:
    main()
except BaseException as error:  # h5py signals damage in many ways; all of them end here
    message = " ".join(str(error).split())
    print(f"{type(error).__name__}: {message}", file=sys.stderr)
    sys.exit(1)
