"""The errors a user can meet, each one sentence: what is wrong, where, what to do."""

from __future__ import annotations

from typing import Any


class FerError(Exception):
    """Base of every error FER Lab raises on purpose.

    Parameters
    ----------
    what : str
        What is wrong, without a full stop.
    where : str
        The file, folder, clip or field it was found in.
    fix : str
        What the user can do about it.
    """

    def __init__(self, what: str, *, where: str = "", fix: str = "") -> None:
        self.what, self.where, self.fix = what, where, fix
        super().__init__(sentence(what, where, fix))

    def __reduce__(self) -> tuple[Any, ...]:
        """How it travels between processes: as it is, not by building its sentence a second time."""
        return _again, (type(self), self.args, self.__dict__)


class CorpusError(FerError):
    """A corpus cannot be opened or used."""


class MediaError(FerError):
    """An image or a video cannot be read."""


class RecordingError(FerError):
    """A recording of readings cannot be written or read."""


class LandmarkError(FerError):
    """Landmarks cannot be found, sampled or stored."""


class SettingError(FerError):
    """A setting has a value outside its range, or settings contradict each other."""


class ProtocolError(FerError):
    """An evaluation protocol cannot be carried out, or would not be honest."""


class LeakError(ProtocolError):
    """What is tested on would influence what is trained, or was seen in training."""


class TrainingError(FerError):
    """A fit went wrong: its loss is no longer a number, or its process died."""


class EngineError(FerError):
    """The place where fits run cannot be reached or used: a scheduler, or a worker of other code."""


class BundleError(FerError):
    """A model bundle is missing, damaged or of another version."""


class PathError(FerError):
    """A path lies outside the folders the user has opened to FER Lab."""


class StoreError(FerError):
    """The experiments' database cannot be opened, read or written."""


class TableError(FerError):
    """A table of results cannot be read, or cannot answer what is asked of it."""


class Cancelled(FerError):  # noqa: N818 - a request, not a fault
    """The user stopped the work."""

    def __init__(self, what: str = "stopped on request") -> None:
        super().__init__(what)


def sentence(what: str, where: str = "", fix: str = "") -> str:
    """One sentence from its three parts: ``what (where): fix.``"""
    text = f"{what} ({where})" if where else what
    return f"{text}: {fix}." if fix else f"{text}."


def _again(kind: type[FerError], arguments: tuple[Any, ...], parts: dict[str, Any]) -> FerError:
    error = kind.__new__(kind, *arguments)
    error.__dict__.update(parts)
    return error
