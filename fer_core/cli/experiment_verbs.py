"""The verbs that look after stored experiments of either kind: status, resume, cancel, list, delete."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from fer_core.base.errors import PathError
from fer_core.cli.common import Both, reporting, verb
from fer_core.cli.experiment_words import line_of, plain_of

Described = Callable[[str], tuple[Any, str]]
Work = Callable[..., None]


@dataclass(frozen=True)
class Kind:
    r"""One kind of experiment.

    Attributes
    ----------
    name : the command line's verb, such as ``images``
    noun : what one of them is called
    module : where `launch`, `find`, `listed` and the like are; loaded when first needed
    work : carries out what a run folder's order asks for: (folder, progress, \*\*how)
    described : an experiment's id as data and text, after its work and for ``status``
    """

    name: str
    noun: str
    module: str
    work: Work
    described: Described

    @property
    def experiments(self) -> Any:
        """The module."""
        return import_module(self.module)

    def add(self, inner: Any) -> None:
        """Add the verbs."""
        status = verb(inner, "status", "say where an experiment stands", self._status)
        status.add_argument("id", nargs="?", help="default: the newest")
        resume = verb(inner, "resume", "go on with an experiment that stopped", self._resume)
        resume.add_argument("id")
        resume.add_argument("--retry-failed", action="store_true", help="try failed cells once more")
        resume.add_argument(
            "--other-code", action="store_true", help="go on although the program has changed since it began"
        )
        verb(inner, "cancel", "stop an experiment; finished results stay", self._cancel).add_argument("id")
        verb(inner, "list", "list all of them", self._list)
        verb(inner, "delete", "remove an experiment and its results", self._delete).add_argument("id")

    def start(self, order: Any, write: Callable[[Any, Path], None], detach: bool) -> tuple[Any, str]:
        """Carry an order out here, or leave it to a process of its own."""
        from fer_core import runs

        if detach:
            folder = self.experiments.launch(order)
            return {"id": folder.name}, f"started {folder.name}"
        folder = runs.new_run_folder(self.name)
        write(order, folder)
        return self._carry_out(folder)

    def _carry_out(self, folder: Path, **how: bool) -> tuple[Any, str]:
        with reporting(folder) as progress:
            self.work(folder, Both(progress), **how)
        return self.described(folder.name)

    def _resume(self, options: argparse.Namespace) -> tuple[Any, str]:
        from fer_core import runs

        folder = self.experiments.require(options.id)
        if runs.read_status(folder).pid:  # else `launch` has just made it, for this process
            self.experiments.ready_to_resume(folder)
        return self._carry_out(folder, other_code=options.other_code, retry_failed=options.retry_failed)

    def _status(self, options: argparse.Namespace) -> tuple[Any, str]:
        if options.id is not None:
            return self.described(options.id)
        everything = self.experiments.listed()
        if not everything:
            raise PathError(f"there is no {self.noun} yet", fix=f"start one: {self.name} run PATH")
        return self.described(everything[0].id)

    def _cancel(self, options: argparse.Namespace) -> tuple[Any, str]:
        self.experiments.cancel(options.id)
        return {"id": options.id}, f"{options.id} was asked to stop"

    def _list(self, options: argparse.Namespace) -> tuple[Any, str]:
        everything = self.experiments.listed()
        lines = [line_of(e) for e in everything]
        return [plain_of(e) for e in everything], "\n".join(lines) or f"no {self.noun}s yet"

    def _delete(self, options: argparse.Namespace) -> tuple[Any, str]:
        self.experiments.delete(options.id)
        return {"id": options.id}, f"{options.id} is deleted"
