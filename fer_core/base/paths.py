"""Where things lie: the user's own folder, the opened data folders, and what ships with the code.

The pages take paths from a browser, so they pass every one through `inside_data`;
the command line trusts the person who typed it.
"""

from __future__ import annotations

import os
from pathlib import Path

from fer_core.base.errors import PathError
from fer_core.files import opened

REPOSITORY = Path(__file__).resolve().parents[2]
"""The checkout the app runs from."""

HOME_VARIABLE = "FER_LAB_HOME"
DATA_VARIABLE = "FER_LAB_DATA"


def home() -> Path:
    """The user's FER Lab folder: ``$FER_LAB_HOME``, or ``~/.fer_lab``. Not created here.

    Raises `PathError` where the user has no home folder, or the path starts from a folder that is gone.
    """
    named = os.environ.get(HOME_VARIABLE, "").strip()
    return _absolute(named or "~/.fer_lab", HOME_VARIABLE)


def cache_dir() -> Path:
    """Extracted landmarks; made where absent."""
    return _made(home() / "cache")


def runs_dir() -> Path:
    """One folder per training run; made where absent."""
    return _made(home() / "runs")


def store_file() -> Path:
    """The experiments' database (`fer_core.store.store`). Not created here."""
    return home() / "experiments.sqlite"


def uploads_dir() -> Path:
    """Corpora and media that came through the browser; made where absent."""
    return _made(home() / "uploads")


def bundles_dir() -> Path:
    """The model bundles that ship with the repository."""
    return REPOSITORY / "saved_models"


def assets_dir() -> Path:
    """Small files that ship with the code: mesh, mirror permutation, demo shape model."""
    return REPOSITORY / "assets"


def data_roots() -> tuple[Path, ...]:
    """Folders the pages may open corpora from, resolved, first choice first.

    ``$FER_LAB_DATA`` (a list separated by `os.pathsep`) or the repository's ``data``, always the uploads,
    and what was opened on the Dataset page (`fer_core.files.opened`); of a list of those that cannot be read,
    nothing. A folder that does not exist is listed all the same.
    """
    try:
        remembered = opened.opened_folders(home())
    except PathError:  # said on the Dataset page
        remembered = ()
    return tuple(dict.fromkeys((*own_roots(), *remembered)))


def own_roots() -> tuple[Path, ...]:
    """The data folders without those that were opened on the Dataset page."""
    named = [part.strip() for part in os.environ.get(DATA_VARIABLE, "").split(os.pathsep)]
    roots = [_absolute(part, DATA_VARIABLE) for part in named if part] or [REPOSITORY / "data"]
    resolved = [root.resolve() for root in (*roots, home() / "uploads")]
    return tuple(dict.fromkeys(resolved))


def _absolute(named: str, variable: str) -> Path:
    """A path of the environment with its ``~`` and links followed."""
    try:
        return Path(named).expanduser().resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise PathError(
            "there is no such home folder" if named.startswith("~") else "this is not a usable path",
            where=repr(named)[:120],
            fix=f"set {variable} to the full path of a folder",
        ) from error


def inside_data(path: str | Path) -> Path:
    """The resolved path, if it lies in one of `data_roots`.

    A relative path is looked for in each root in turn. Symbolic links are followed before the
    check, so a link inside a root that leads out of it is refused.

    Raises
    ------
    PathError
        For anything outside, and for text that can be no path.
    """
    roots = data_roots()
    for candidate in _candidates(path, roots):
        if any(candidate.is_relative_to(root) for root in roots):
            return candidate
    raise PathError(
        "this path lies outside the folders opened to FER Lab",
        where=str(path),
        fix=f"open it on the Dataset page, move the corpus into {roots[0]}, or start the app with "
        f"{DATA_VARIABLE} naming its folder",
    )


def _candidates(path: str | Path, roots: tuple[Path, ...]) -> list[Path]:
    """Resolved readings of a path: itself if absolute, else under each root, existing ones first."""
    try:
        given = Path(str(path).strip()).expanduser()
        readings = [(base / given).resolve() for base in (roots if not given.is_absolute() else (Path("/"),))]
        return sorted(readings, key=lambda reading: not reading.exists())
    except (OSError, RuntimeError, ValueError) as error:  # too long, a loop of links, a NUL inside
        raise PathError(
            "this is not a usable path", where=repr(str(path))[:120], fix="choose a folder in the list"
        ) from error


def _made(folder: Path) -> Path:
    """The folder, made with its parents if needed."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PathError(
            f"the folder cannot be made ({error.strerror or error})",
            where=str(folder),
            fix=f"set {HOME_VARIABLE} to a folder you may write to",
        ) from error
    return folder
