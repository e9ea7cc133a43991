"""Child processes of this one that carry out tasks: a `concurrent.futures.Executor`.

Why not `ProcessPoolExecutor`: there one crashed child breaks every task of the pool, so nobody can
say which task was at fault; nothing public ends a child in the middle of a task before Python
3.14; and children that a `kill -9` orphans wait for ever. Here each child has a pipe of its own,
with one writer at each end, so a death at any moment is an end of file that only its own task sees.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from typing import Any
from weakref import WeakSet

from fer_core.training.engine.shared_data import DataRef

OnNote = Callable[[Any], None]

_SPAWN = multiprocessing.get_context("spawn")  # forked native libraries hang
_STARTING = threading.Lock()
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
_GRACE = 2.0  # seconds between asking a child to end and ending it


def cores() -> int:
    """Processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):  # on a cluster a job is often held to a few of them
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1


class LocalWorkers(Executor):
    """Up to ``slots`` tasks at once, each in a spawned child process with one computing thread.

    Functions, arguments and results cross a pipe, so a function must be importable by its name. A
    child is started when first needed and kept. One that dies fails its own task alone, with
    `BrokenExecutor`; the next task gets a new child. Children end with this process, even by kill -9.

    Parameters
    ----------
    slots : int or None
        None: one per core.
    on_note : callable or None
        Called with what tasks `tell` while they run, from a thread of this pool.
    """

    def __init__(self, slots: int | None = None, on_note: OnNote | None = None) -> None:
        self.slots = slots or cores()
        self._on_note = on_note
        self._threads = ThreadPoolExecutor(self.slots, thread_name_prefix="child")
        self._lock = threading.Lock()
        self._idle: list[_Child] = []
        self._children: set[_Child] = set()
        self._futures: WeakSet[Future[Any]] = WeakSet()
        self._closing = self._stopped = False

    @property
    def where(self) -> str:
        """In words: how many, and where."""
        return f"{self.slots} process{'es' if self.slots > 1 else ''} on this machine"

    def share(self, data: DataRef) -> None:
        """Nothing to do: children see this machine's files."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Carry out ``fn(*args, **kwargs)`` in a child."""
        future = self._threads.submit(self._carry_out, fn, args, kwargs)
        self._futures.add(future)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more tasks; children leave once theirs are done."""
        with self._lock:
            self._closing = True
            for child in self._idle:
                child.dismiss()
            self._idle.clear()
        self._threads.shutdown(wait, cancel_futures=cancel_futures)
        if wait:
            for child in self._children:
                child.process.join()

    def stop(self) -> None:
        """Cancel what waits and end the children, whatever they do; returns when they are gone.

        Tasks that were running end with `CancelledError`.
        """
        with self._lock:
            self._closing = self._stopped = True
            self._idle.clear()
            children = list(self._children)
        for future in list(self._futures):
            future.cancel()
        _end([child.process for child in children])
        self._threads.shutdown(wait=True)

    def _carry_out(self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        child = self._take()
        try:
            succeeded, value = child.run((function, args, kwargs), self._on_note)
        except (EOFError, OSError) as error:
            if child.idled and not child.begun and not self._stopped:  # it died before, of something else
                return self._carry_out(function, args, kwargs)
            raise self._death_of(child) from error
        except BaseException:  # the task cannot be sent, or a note's receiver failed
            child.dismiss()
            raise
        self._give_back(child)
        if succeeded:
            return value
        raise value[0] from _ChildTraceback(value[1])

    def _take(self) -> _Child:
        """A child for one task, an idle one if there is any."""
        with self._lock:
            if self._stopped:
                raise CancelledError
            self._children = {child for child in self._children if child.process.is_alive()}
            while self._idle:
                child = self._idle.pop()
                if child in self._children:
                    return child
            child = _Child()
            self._children.add(child)
            return child

    def _give_back(self, child: _Child) -> None:
        with self._lock:
            if self._closing:
                child.dismiss()
            else:
                child.idled = True
                self._idle.append(child)

    def _death_of(self, child: _Child) -> Exception:
        if self._stopped:
            return CancelledError()
        child.process.join(_GRACE)
        status = child.process.exitcode
        how = f"by signal {-status}" if status and status < 0 else f"with status {status}"
        return BrokenExecutor(f"the process of this task ended without a word, {how}")


class _Child:
    """A process and our end of the pipe to it.

    ``idled``: it has waited between two tasks. ``begun``: it has received the present one.
    """

    def __init__(self) -> None:
        self.idled = self.begun = False
        self.pipe, theirs = _SPAWN.Pipe()
        self.process = _SPAWN.Process(target=_serve, args=(theirs,), daemon=True)
        with _one_thread_each():
            self.process.start()
        theirs.close()  # so that a dead child is an end of file here

    def run(self, task: tuple[Any, ...], on_note: OnNote | None) -> tuple[bool, Any]:
        """(True, result) or (False, (exception, its traceback as text))."""
        self.begun = False
        self.pipe.send(task)
        while True:
            kind, value = self.pipe.recv()
            if kind in ("done", "failed"):
                return kind == "done", value
            self.begun = True
            if kind == "note" and on_note is not None:
                on_note(value)

    def dismiss(self) -> None:
        """Let the process go: it reads an end of file and leaves."""
        self.pipe.close()


class _ChildTraceback(Exception):  # noqa: N818 - no error of its own, it shows where one came from
    """Where in the child it happened; shown as the cause."""

    def __str__(self) -> str:
        return f'\n"""\n{self.args[0]}"""'


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Children started here compute with one thread each, because the cores are shared out already.

    Set before they start: numpy's matrix library reads it when it is loaded.
    """
    with _STARTING:
        before = {name: os.environ.get(name) for name in _THREADS}
        os.environ.update(dict.fromkeys(_THREADS, "1"))
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


def _end(processes: list[Any]) -> None:
    """Ask processes to end, then make them."""
    for process in processes:
        process.terminate()
    patience = time.monotonic() + _GRACE
    for process in processes:
        process.join(max(0.0, patience - time.monotonic()))
    for process in processes:
        process.kill()  # nothing where it is gone; a stopped or stubborn one has no choice
    for process in processes:
        process.join(_GRACE)


# In the child --------------------------------------------------------------------------------------

_TO_PARENT: list[Connection] = []


def tell(note: Any) -> None:
    """From inside a task: hand something to ``on_note`` of the process that submitted it."""
    for pipe in _TO_PARENT:
        pipe.send(("note", note))


def _serve(pipe: Connection) -> None:
    """A child's life: tasks one after the other, until the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent too, which decides
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _TO_PARENT.append(pipe)
    with suppress(EOFError, OSError):  # closed: dismissed, or the parent is gone
        while True:
            _send(pipe, _answer(pipe))


def _answer(pipe: Connection) -> tuple[str, Any]:
    """Receive a task and carry it out."""
    try:
        function, args, kwargs = pipe.recv()
    except (EOFError, OSError):
        raise
    except Exception as error:  # a function that cannot be found here
        return "failed", (error, traceback.format_exc())
    pipe.send(("begun", None))
    try:
        return "done", function(*args, **kwargs)
    except BaseException as error:
        return "failed", (error, traceback.format_exc())


def _send(pipe: Connection, answer: tuple[str, Any]) -> None:
    try:
        pipe.send(answer)
    except OSError:
        raise
    except Exception as error:  # a result, or an exception, that cannot be sent
        cannot = TypeError(f"what the task gave cannot be sent: {error}")
        pipe.send(("failed", (cannot, traceback.format_exc())))


def _end_with_parent() -> None:
    """Leave at once when the parent is gone: after its kill -9 nobody reads our results.

    Not PR_SET_PDEATHSIG: that follows the thread which started the child, not its process.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
