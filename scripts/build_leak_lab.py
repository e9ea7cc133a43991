"""Compute the Leak Lab result that comes with the code, from a folder of CK+48.

    python scripts/build_leak_lab.py CKPLUS48 [--out FILE.json]

CKPLUS48   the corpus as folders of images by emotion: anger/S010_004_00000017.png; the last three frames
           of each labelled sequence are used, neutral ones are left out

Only shares, intervals and counts are written, no image and no landmark. The numbers depend on the folder
and on the versions of the detector and of numpy; about five minutes on two idle cores.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fer_core.base.progress import TerminalProgress
from fer_core.datasets.ckplus48 import open_ckplus48
from fer_core.studies.leak_lab.jobs import shipped_file
from fer_core.studies.leak_lab.lab import LabSettings, run_lab

SETTINGS = LabSettings(folds=5, seed=0, repeats=3)
"""Three drawings of the folds: one alone depends on luck by about a point."""


def main() -> None:
    """Run the lab and write its result."""
    p = argparse.ArgumentParser(description="Compute the Leak Lab result that comes with the code.")
    p.add_argument("ckplus48", type=Path)
    p.add_argument("--out", type=Path, default=shipped_file())
    options = p.parse_args()
    result = run_lab(open_ckplus48(options.ckplus48), SETTINGS, progress=TerminalProgress())
    result["corpus"]["name"] = "CK+48"  # not the folder's own name
    del result["seconds"]  # says more of the machine than of the leaks
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":  # spawned children import this file
    main()
