"""``python -m stranger MODEL.dpmd`` runs the program that was built with this package."""

import subprocess
import sys
from pathlib import Path

raise SystemExit(subprocess.call([Path(__file__).parent / "c_program", *sys.argv[1:]]))
