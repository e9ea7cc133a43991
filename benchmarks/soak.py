"""Ten minutes of a stream: latency and memory by minute.

    PYTHONPATH=. python benchmarks/soak.py

The same as ``python -m fer_core bench soak``.
"""

from __future__ import annotations

import sys

from fer_core.cli.main import main

if __name__ == "__main__":
    sys.exit(main(["bench", "soak"]))
