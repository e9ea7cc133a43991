"""Errors: one sentence that says what, where and what to do."""

from __future__ import annotations

from multiprocessing.reduction import ForkingPickler

import pytest

from fer_core.base import errors
from fer_core.base.errors import Cancelled, CorpusError, FerError, sentence


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        (("the file is empty",), "the file is empty."),
        (("the file is empty", "a.png"), "the file is empty (a.png)."),
        (("the file is empty", "a.png", "remove it"), "the file is empty (a.png): remove it."),
        (("the file is empty", "", "remove it"), "the file is empty: remove it."),
    ],
)
def test_a_sentence_has_up_to_three_parts(parts: tuple[str, ...], text: str) -> None:
    assert sentence(*parts) == text


def test_an_error_keeps_its_parts_beside_its_sentence() -> None:
    error = CorpusError("the folder is empty", where="/data/x", fix="choose another")
    assert str(error) == "the folder is empty (/data/x): choose another."
    assert (error.what, error.where, error.fix) == ("the folder is empty", "/data/x", "choose another")


def test_every_error_is_caught_as_one_kind_and_says_what_it_is_for() -> None:
    kinds = [e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, Exception)]
    assert len(kinds) >= 9
    assert all(issubclass(kind, FerError) and kind.__doc__ for kind in kinds)


def test_stopping_needs_no_reason() -> None:
    assert str(Cancelled()) == "stopped on request."


@pytest.mark.parametrize("error", [CorpusError("it is empty", where="a/b", fix="fill it"), Cancelled()])
def test_an_error_comes_back_from_another_process_as_it_was(error: FerError) -> None:
    back = ForkingPickler.loads(ForkingPickler.dumps(error))  # what a pipe between processes uses
    assert type(back) is type(error)
    assert (str(back), vars(back)) == (str(error), vars(error))
