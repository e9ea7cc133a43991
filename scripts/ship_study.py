"""Write a finished experiment into assets/study, where the pages find it from the start.

    python scripts/ship_study.py EXPERIMENT NAME "What it is called on the pages"

Makes assets/study/NAME.sqlite, which the pages read, and assets/study/NAME/ with the same as tables (CSV,
record.json, design.json). The experiment is read from the store of this machine's FER Lab home.
"""

from __future__ import annotations

import sys

from fer_core.base.paths import store_file
from fer_core.reports.export import write_tables
from fer_core.results.study import load_study
from fer_core.store.shipped import SUFFIX, ship, shipped_dir
from fer_core.store.store import Store


def main() -> None:
    """Write the store and the tables of the experiment named on the command line."""
    if len(sys.argv) not in (3, 4):
        raise SystemExit(__doc__)
    id, name, title = (*sys.argv[1:], "")[:3]
    with Store(store_file(), read_only=True) as store:
        file = ship(store, id, shipped_dir() / f"{name}{SUFFIX}", title)
    with Store(file, read_only=True) as shipped:
        written = write_tables(load_study(shipped, id), shipped_dir() / name)
    for path in (file, *written):
        print(f"{path}  {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
