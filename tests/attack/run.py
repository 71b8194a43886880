"""Attacks dpmd in every way for a while: ``python tests/attack/run.py [NAME...] [--seconds 60]``.

Each attack prints one line: inputs, crashes, hangs, data losses. All except the inputs must be zero, otherwise the exit
status is 1; failing inputs are kept, with the command that repeats them.
"""

from __future__ import annotations

import argparse
import importlib
import random
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from attack.counts import Budget, Counts  # noqa: E402

FUZZED = ("checkpoint", "model", "json", "records", "c_interface", "dictionary", "graph", "pickle", "torch")
ATTACKS = {f"fuzz_{target}": "fuzz_targets" for target in FUZZED} | {
    name: name for name in ("foreign_models", "structures", "conversations", "lammps_inputs", "kills", "pairs", "soak")
}


def main() -> int:
    """Runs the attacks; returns the exit status."""
    options = _options()
    print(f"seed {options.seed}, {options.seconds:g} s for each attack\n{Counts.heading()}", flush=True)
    clean = True
    for name in options.names or ATTACKS:
        scratch = Path(tempfile.mkdtemp(prefix=f"dpmd_attack_{name}_", dir=options.scratch))
        try:
            found = _attack(name, scratch, options)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        clean &= found.is_clean and not (options.complete and found.left_out)
        print(found.line())
        for note in found.notes:
            print(f"  {note}")
        sys.stdout.flush()
    return 0 if clean else 1


def _attack(name: str, scratch: Path, options: argparse.Namespace) -> Counts:
    attack = importlib.import_module(f"attack.{ATTACKS[name]}")
    budget = Budget(name, options.seconds, options.seed, scratch, options.keep, options.build, options.case)
    return attack.run(budget)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[[], *ATTACKS], metavar="NAME", help=", ".join(ATTACKS))
    parser.add_argument("--seconds", type=float, default=60, help="for each attack (default: 60)")
    parser.add_argument(
        "--seed", type=int, default=random.SystemRandom().randrange(2**31), help="default: another each time"
    )
    parser.add_argument("--case", type=int, help="try this case only, as a failure names it")
    parser.add_argument(
        "--build", type=Path, default=ROOT / "build" / "fuzz", help="the build with DPMD_FUZZ (build/fuzz)"
    )
    parser.add_argument(
        "--keep", type=Path, default=ROOT / "build" / "attack", help="for failing inputs (build/attack)"
    )
    parser.add_argument("--complete", action="store_true", help="an attack that cannot be made here is a failure, too")
    memory = Path("/dev/shm")
    parser.add_argument("--scratch", type=Path, default=memory if memory.is_dir() else None, help="for everything else")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
