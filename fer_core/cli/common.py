"""What the command line's verbs share."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fer_core.base.emotions import canonical
from fer_core.base.errors import Cancelled, FerError, SettingError
from fer_core.base.progress import Progress, TerminalProgress
from fer_core.files import shapes
from fer_core.files.whole_files import writable_folder, writable_target

if TYPE_CHECKING:
    from fer_core.datasets.names import Names

Command = Callable[[argparse.Namespace], tuple[Any, str]]
"""Carries a verb out: the result as plain data, and as text for people."""


def verb(verbs: Any, name: str, words: str, run: Command) -> argparse.ArgumentParser:
    """A sub-command's parser, with ``--json``."""
    p: argparse.ArgumentParser = verbs.add_parser(name, help=words, description=words.capitalize() + ".")
    p.add_argument("--json", action="store_true", help="print the result as JSON")
    p.set_defaults(command=run)
    return p


def add_corpus(p: argparse.ArgumentParser) -> None:
    """The argument that names a corpus."""
    p.add_argument("path", help='the folder of the corpus, or "demo" for the built-in one')
    p.add_argument("--subjects", type=Path, help="CSV with columns clip,subject: who is shown")
    p.add_argument("--labels", type=Path, help="CSV with columns file,emotion (and subject, part, view ...)")
    p.add_argument("--pattern", default="", help="how names are read, as in {subject}_{emotion}_{}")
    p.add_argument("--words", default="", help="the corpus's own words for emotions, as in 03=happiness,05=anger")
    p.add_argument(
        "--where",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="only clips with this view, part, light ... (may be repeated)",
    )


def names_of(options: argparse.Namespace) -> Names | None:
    """What the options of `add_corpus` say of a corpus's names; None where they say nothing."""
    from fer_core.datasets.names import Names
    from fer_core.datasets.patterns import compile_pattern, parse_codes

    pairs = [piece.partition("=") for piece in options.where]
    if odd := next((name + value for name, equals, value in pairs if not (equals and name.strip())), None):
        raise SettingError(f"{odd!r} names no attribute and value", fix="write --where view=straight")
    if options.pattern:
        compile_pattern(options.pattern)
    where = tuple((name.strip(), value.strip()) for name, _, value in pairs)
    names = Names(options.subjects, options.labels, options.pattern, parse_codes(options.words), where)
    return names or None


def add_codes(p: argparse.ArgumentParser) -> None:
    """The option that says what labels that are bare numbers mean."""
    p.add_argument(
        "--codes",
        metavar="ORDER",
        help="pictures labelled by number: whose order it is (affectnet, alphabetical, fer2013, ferplus, "
        "rafdb, ckplus, ckextended), or the emotions in their order, comma-separated",
    )


def add_out(p: argparse.ArgumentParser, words: str, *, folder: bool = False, required: bool = False) -> None:
    """``--out``, a file unless ``folder``; `check_out` looks at it before the work begins."""
    p.add_argument("--out", type=Path, required=required, help=words)
    p.set_defaults(out_check=writable_folder if folder else writable_target)


def check_out(options: argparse.Namespace) -> None:
    """Raises `PathError` where the result could not be written to ``--out``."""
    if getattr(options, "out", None) is None:
        return
    try:
        options.out_check(options.out)
    except FerError:
        with reporting(getattr(options, "run", None)):  # a run that was asked for has its end noted
            raise


def emotion_list(text: str) -> tuple[str, ...]:
    """Comma-separated emotions, each once; an argparse type."""
    try:
        return tuple(dict.fromkeys(canonical(e) for e in text.split(",")))
    except FerError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def json_file(file: Path, what: str, page: str) -> Any:
    """A JSON file's content. Raises `SettingError` that names what it should be and who saves it."""
    return shapes.plain(file, what=what, fix=f"save it again from the {page} page", error=SettingError)


class reporting:  # noqa: N801 - reads as a statement
    """Progress to the terminal, or to a run folder whose end is noted too."""

    def __init__(self, folder: Path | None) -> None:
        from fer_core.runs import RunFolder

        self._run = RunFolder(folder) if folder is not None else None

    def __enter__(self) -> Progress:
        return self._run or TerminalProgress()

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if self._run is None:
            return
        try:
            self._run.finish(error)
        except OSError:  # a full disk: the first error counts
            if error is None:
                raise
        except FerError:  # the folder is gone, and an error before this one came of that
            if isinstance(error, Cancelled | KeyboardInterrupt):
                return
            raise


class Both:
    """Progress to a run folder, whose owner may be asked to stop, and to the terminal."""

    def __init__(self, run: Progress) -> None:
        self._run, self._terminal = run, TerminalProgress()

    def __call__(self, done: float, total: float, text: str) -> None:  # noqa: D102
        self._run(done, total, text)
        self._terminal(done, total, text)
