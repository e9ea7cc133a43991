"""Training all classifiers at once against one Model.fit per emotion, and how our cost grows.

    PYTHONPATH=. python benchmarks/train.py

The same as ``python -m fer_core bench train``, with and without ``--grow``.
"""

from __future__ import annotations

import sys

from fer_core.cli.main import main

if __name__ == "__main__":
    sys.exit(main(["bench", "train"]) or main(["bench", "train", "--grow"]))
