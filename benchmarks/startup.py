"""Seconds from ``streamlit run app.py`` until the first page has drawn.

    PYTHONPATH=. python benchmarks/startup.py

The same as ``python -m fer_core bench startup``.
"""

from __future__ import annotations

import sys

from fer_core.cli.main import main

if __name__ == "__main__":
    sys.exit(main(["bench", "startup"]))
