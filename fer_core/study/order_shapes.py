"""The shapes of what was asked of a process, as it lies in a run folder or was saved by somebody."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any

from annotated_types import Ge, Le, MaxLen

from fer_core.base.limits import AGAIN, WORKERS
from fer_core.files.shapes import Text


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What all orders have: the corpus, the leaks that are accepted, where the fits run."""

    corpus: Text
    name: Text = ""
    allow: Annotated[list[Text], MaxLen(100)] = field(default_factory=list)
    scheduler: Text = ""
    workers: Annotated[int, Ge(WORKERS.low), Le(WORKERS.high)] | None = None


@dataclass(frozen=True, kw_only=True)
class AskedDesign(Asked):
    """An order for an experiment; its design reads itself."""

    design: dict[str, Any]
    keep_copies: bool = False


@dataclass(frozen=True, kw_only=True)
class AskedStudy(Asked):
    """An order for a sensitivity study; its condition and its grid read themselves."""

    condition: dict[str, Any]
    grid: dict[str, Any]
    again: Annotated[int, Ge(AGAIN.low), Le(AGAIN.high)] = 4
