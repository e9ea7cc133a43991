"""How long the server works on one moved control of a page of statistics, in processor milliseconds.

    PYTHONPATH=. python benchmarks/sliders.py

Streamlit's own test harness runs the page; the published study has 48 rows, the larger table 2,016.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path

import numpy as np
from streamlit.testing.v1 import AppTest

from fer_core.stats.table import reconstructed

APP = Path(__file__).resolve().parents[1] / "app.py"
TURNS = 6
SLIDERS = {"equivalence": ("equivalence_width", (0.03, 0.04)), "power": ("power_d", (0.5, 0.55))}


def main() -> None:
    """Measure and print."""
    print("server time of one moved slider, ms of processor: median [lowest, highest]")
    for page, (key, values) in SLIDERS.items():
        for rows in (48, 2016):
            taken = measure(page, key, values, rows)
            middle, low, high = statistics.median(taken), min(taken), max(taken)
            print(f"  {page:<12}{rows:>6} rows{middle:>8.0f} [{low:.0f}, {high:.0f}]")


def measure(page: str, key: str, values: tuple[float, float], rows: int) -> list[float]:
    """Milliseconds of each move but the first."""
    app = AppTest.from_file(str(APP), default_timeout=120).run()
    if rows > 48:
        app.session_state["_own_table"] = ("many.csv", many(rows // 48))
        app.query_params["table"] = "uploaded"
    app.switch_page(f"pages/{page}.py").run()
    assert not app.exception, app.exception
    taken = []
    for turn in range(TURNS + 1):
        begin = time.process_time()
        app.slider(key=key).set_value(values[turn % 2]).run()
        taken.append(1000 * (time.process_time() - begin))
    return taken[1:]


def many(replicates: int) -> bytes:
    """The published study's rows again and again, with noise, as CSV."""
    import pandas as pd

    generator = np.random.default_rng(0)
    frame = reconstructed().frame.drop(columns=["tp", "fp", "fn", "tn"])
    parts = []
    for replicate in range(replicates):
        noise = generator.normal(0, 0.02, (len(frame), 5))
        metrics = frame.columns[-5:]
        part = frame.assign(replicate=replicate)
        part[metrics] = (part[metrics] + noise).clip(0, 1)
        parts.append(part)
    return bytes(pd.concat(parts).to_csv(index=False).encode())


if __name__ == "__main__":
    main()
