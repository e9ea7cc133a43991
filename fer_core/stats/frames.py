"""Results of tests as tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def as_frame(results: Sequence[Any]) -> pd.DataFrame:
    """One row per result (a dataclass), one column per field; an interval becomes ``_low`` and ``_high``."""
    import pandas as pd

    rows = []
    for result in results:
        row: dict[str, Any] = {}
        for name, value in asdict(result).items():
            pair = isinstance(value, tuple)
            row |= {f"{name}_low": value[0], f"{name}_high": value[1]} if pair else {name: value}
        rows.append(row)
    return pd.DataFrame(rows)
