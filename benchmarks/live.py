"""Windows, whole frames, and the Live page in a browser: how fast a camera's picture is read.

    PYTHONPATH=. python benchmarks/live.py

The same as ``python -m fer_core bench live``, without and with ``--browser`` (which wants Chromium).
"""

from __future__ import annotations

import sys

from fer_core.cli.main import main

if __name__ == "__main__":
    sys.exit(main(["bench", "live"]) or main(["bench", "live", "--browser"]))
