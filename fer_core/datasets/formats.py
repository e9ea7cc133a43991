"""The one table of formats that hold clips or named pictures: how each is recognised, and how it is opened.

The stricter layouts stand first. To add a corpus, write its record in `fer_core.datasets.naming` and name it
in `SCHEMES`; formats that are no naming scheme get a line of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from fer_core.datasets.base import Corpus
from fer_core.datasets.ckplus import find_layout, open_ckplus
from fer_core.datasets.ckplus48 import find_ckplus48, open_ckplus48
from fer_core.datasets.folders import find_folder, open_folder
from fer_core.datasets.named import find_named, open_named
from fer_core.datasets.naming.afew import AFEW, SFEW
from fer_core.datasets.naming.base import Naming
from fer_core.datasets.naming.cremad import CREMAD
from fer_core.datasets.naming.jaffe import JAFFE
from fer_core.datasets.naming.kdef import KDEF
from fer_core.datasets.naming.mmi import MMI
from fer_core.datasets.naming.oulu_casia import OULU_CASIA
from fer_core.datasets.naming.rafd import RAFD
from fer_core.datasets.naming.ravdess import RAVDESS
from fer_core.datasets.tree import media_names

SCHEMES: tuple[Naming, ...] = (JAFFE, KDEF, RAFD, RAVDESS, CREMAD, MMI, OULU_CASIA, AFEW, SFEW)
"""Corpora that are known by how they name their files."""


class Look:
    """A folder that several formats look at; what lies in it is listed once, and only if asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def scheme(self) -> Naming | None:
        """The scheme that most of its pictures and videos are named by."""
        return find_named(media_names(self.folder), SCHEMES)


@dataclass(frozen=True)
class Format:
    """A layout of clips.

    Attributes
    ----------
    name, title : str
        As code says it (``ckplus``), and as people do (``CK+``).
    find : callable
        Whether a folder that is looked at is one.
    open : callable
        Opens the folder, with a list of subjects or None. Raises `CorpusError`.
    names_people : bool
        Whether it says itself who is shown, so that no list of subjects is taken.
    pictures : bool
        Whether what it hands out are single pictures rather than clips.
    """

    name: str
    title: str
    find: Callable[[Look], bool]
    open: Callable[[Path, Path | None], Corpus]
    names_people: bool = False
    pictures: bool = False


def _of_scheme(scheme: Naming) -> Format:
    return Format(
        scheme.name,
        scheme.title,
        lambda look: look.scheme is scheme,
        lambda folder, subjects: open_named(folder, scheme, subjects),
        pictures=scheme.gives == "pictures",
    )


FORMATS: tuple[Format, ...] = (
    Format("ckplus", "CK+", lambda look: find_layout(look.folder) is not None, lambda f, _: open_ckplus(f), True),
    Format(
        "ckplus48", "CK+48", lambda look: find_ckplus48(look.folder) is not None, lambda f, _: open_ckplus48(f), True
    ),
    *map(_of_scheme, SCHEMES),
    Format("folder", "folders by emotion", lambda look: find_folder(look.folder) is not None, open_folder),
)
"""All formats of clips; ``demo`` is no folder, and what a user says (`datasets.names`) is none of them."""


def find_format(folder: Path) -> Format | None:
    """The first format that a folder is of; None where it is of none."""
    look = Look(folder)
    return next((format for format in FORMATS if format.find(look)), None)


def format_called(name: str) -> Format | None:
    """The format of a name; None for one that is no folder's."""
    return next((format for format in FORMATS if format.name == name), None)
