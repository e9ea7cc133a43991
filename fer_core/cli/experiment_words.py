"""One experiment of a list, as data and in a line, whatever its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fer_core.base.progress import say_duration

if TYPE_CHECKING:
    from fer_core.training.experiments import Listed


def plain_of(e: Listed) -> dict[str, Any]:
    """An experiment in a list as plain data."""
    s, planned = e.status, e.record.planned if e.record else None
    left = s.seconds_left() if s is not None and s.active else None
    return {
        "id": e.id,
        "name": e.record.name if e.record else "",
        "state": e.state,
        "cells": {"planned": planned, "done": e.cells_done, "failed": e.cells_failed},
        "trials": e.trials,
        "step": s.step if s else 0,
        "total": s.total if s else 0,
        "text": s.text if s else "",
        "seconds_left": left,
        "error": s.error if s else None,
        "created": e.record.created if e.record else None,
    }


def line_of(e: Listed) -> str:
    """The same for people, in one line."""
    p = plain_of(e)
    parts = [e.id, e.state, f"{e.cells_done} of {p['cells']['planned'] or '?'} cells"]
    parts += [f"{e.cells_failed} failed"] if e.cells_failed else []
    parts += [f"{e.trials} trials"] if e.trials else []
    if e.active:
        parts += [p["text"]] + ([f"{say_duration(p['seconds_left'])} left"] if p["seconds_left"] else [])
    parts += [e.record.name] if e.record and e.record.name else []
    parts += [p["error"]] if p["error"] else []
    return "  ".join(parts)
