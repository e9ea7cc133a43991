"""``python -m fer_core``: the core from a terminal."""

import sys

from fer_core.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
