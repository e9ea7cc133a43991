"""Finding landmarks by our extraction against bare ``FaceMesh.process``, and by two processes against one.

    PYTHONPATH=. python benchmarks/extract.py [CORPUS]

The same as ``python -m fer_core bench extract``.
"""

from __future__ import annotations

import sys

from fer_core.cli.main import main

if __name__ == "__main__":
    sys.exit(main(["bench", "extract", *sys.argv[1:]]))
