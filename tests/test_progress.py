"""Progress on a terminal and in a log, and words for durations."""

from __future__ import annotations

import io

import pytest

from fer_core.base.progress import TerminalProgress, say_duration, seconds_left, silent, stage


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""),
        (0, "0 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (150, "2 min"),
        (3540, "59 min"),
        (3600, "1 h 0 min"),
        (4800, "1 h 20 min"),
    ],
)
def test_durations_in_words(seconds: float | None, words: str) -> None:
    assert say_duration(seconds) == words


def test_time_left_goes_by_the_mean_speed() -> None:
    assert seconds_left(100, 25, 100, now=110) == pytest.approx(30)
    assert seconds_left(100, 0, 100, now=110) is None
    assert seconds_left(100, 5, 0, now=110) is None
    assert seconds_left(100, 120, 100, now=110) == 0


def test_a_terminal_gets_one_line_that_is_written_over() -> None:
    screen, clock = Terminal(), Clock()
    progress = TerminalProgress(screen, clock)
    for done in range(5):
        progress(done, 4, "Finding landmarks")
        clock.now += 10
    shown = screen.getvalue()
    assert shown.count("\n") == 1
    lines = shown.strip().split("\r")
    assert "50%" in lines[2]
    assert "20 s left" in lines[2]
    assert "100%" in lines[-1]
    assert "left" not in lines[-1]


def test_a_log_gets_a_line_per_tenth() -> None:
    log = io.StringIO()
    progress = TerminalProgress(log, Clock())
    for done in range(1001):
        progress(done, 1000, "Training")
    assert len(log.getvalue().splitlines()) == 11
    assert "\r" not in log.getvalue()


def test_a_second_piece_of_work_has_its_own_time() -> None:
    log, clock = io.StringIO(), Clock()
    progress = TerminalProgress(log, clock)
    for done in (0, 10):
        progress(done, 10, "first")
        clock.now += 1000
    progress(0, 10, "second")
    clock.now += 1
    progress(5, 10, "second")
    assert "1 s left" in log.getvalue().splitlines()[-1]


def test_no_work_at_all_is_done_at_once() -> None:
    log = io.StringIO()
    TerminalProgress(log, Clock())(0, 0, "nothing")
    assert "100%" in log.getvalue()


def test_silence() -> None:
    assert silent(1, 2, "x") is None  # type: ignore[func-returns-value]


def test_stages_are_told_as_shares_of_them_all() -> None:
    told: list[tuple[float, float, str]] = []
    second = stage(lambda *step: told.append(step), 1, 4)
    second(0, 10, "a")
    second(5, 10, "a")
    second(0, 0, "nothing to do")
    assert told == [(1.0, 4, "a"), (1.5, 4, "a"), (2.0, 4, "nothing to do")]
