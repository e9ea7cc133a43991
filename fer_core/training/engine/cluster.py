"""The workers of a dask scheduler as a `concurrent.futures.Executor` (docs/cluster.md).

On top of dask's own executor: workers whose code or packages are not ours are refused, because
their numbers would not be; a lost scheduler and a killed task end as errors that say so.
"""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import BrokenExecutor, Executor, Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakSet

from fer_core.base.errors import EngineError, FerError, SettingError
from fer_core.base.provenance import code_key, differences, versions
from fer_core.training.engine.shared_data import DataRef, is_visible, receive

TASKS = (
    "fer_core.training.landmarks.tasks",
    "fer_core.training.images.tasks",
    "fer_core.studies.sensitivity.fits",
    __name__,
)
"""The modules whose functions are sent to workers; with all they import, they must be the same there."""
TIMEOUTS = (TimeoutError, FutureTimeoutError, asyncio.TimeoutError)
"""One kind from Python 3.11 on, three before; dask's own derive from asyncio's."""
PATIENCE = 8.0
"""Seconds to wait for the scheduler to answer, and for a first worker to be there."""
SLOW_DISK = 60.0
"""Seconds to wait for all workers to import FER Lab, perhaps for the first time from a network disk."""
SLOW_NETWORK = 600.0
"""Seconds to wait for all workers to receive an experiment's landmarks."""


class DaskWorkers(Executor):
    """Tasks on the workers of a scheduler at ``tcp://host:port`` or ``tls://host:port``.

    A task whose worker dies is carried out by another one. Each task checks its worker's versions
    again, for workers that joined after the start.

    Parameters
    ----------
    address : str
    limit : int or None
        Tasks at once; None: every worker.
    """

    def __init__(self, address: str, limit: int | None = None) -> None:
        self._address, self._limit = _checked_address(address), limit
        self._stopped = False
        self._futures: WeakSet[Future[Any]] = WeakSet()
        self._counted = (-math.inf, 1)  # when, and how many
        self._client = _connect(self._address)
        self._ours = _facts()
        try:
            self._check()
        except BaseException:
            _close(self._client)
            raise
        self._executor = self._client.get_executor(pure=False)  # two equal tasks are two tasks

    @property
    def slots(self) -> int:
        """Tasks that run at once: the workers there are now (asked once a second), at least one."""
        if time.monotonic() - self._counted[0] > 1.0:
            self._counted = time.monotonic(), max(1, len(self._threads()))
        return min(self._counted[1], self._limit or self._counted[1])

    @property
    def where(self) -> str:
        """In words: how many, and where."""
        return f"{self.slots} dask worker{'s' if self.slots > 1 else ''} of {self._address}"

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Carry out ``fn(*args, **kwargs)`` on a worker."""
        theirs = self._executor.submit(_carry_out, self._ours, fn, args, kwargs)
        future: Future[Any] = Future()
        self._futures.add(future)
        future.add_done_callback(lambda f: theirs.cancel() if f.cancelled() and not self._stopped else None)
        theirs.add_done_callback(partial(self._pass_on, future))
        return future

    def share(self, data: DataRef) -> None:
        """Send a published file to each worker that does not see it."""
        seen = self._everywhere(is_visible, data)
        blind = [worker for worker, sees in seen.items() if not sees]
        if blind:
            content = Path(data.path).read_bytes()
            self._everywhere(receive, data.key, content, workers=blind, patience=SLOW_NETWORK)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more tasks; wait for those there are, or cancel them."""
        self._stopped = self._stopped or cancel_futures
        self._executor.shutdown(wait=wait and not cancel_futures)

    def stop(self) -> None:
        """Cancel what waits and leave. What runs on a worker goes on there, and its result is dropped."""
        if self._stopped:
            return
        self._stopped = True
        for future in list(self._futures):
            if future.cancel():
                future.set_running_or_notify_cancel()  # else `wait` goes on waiting for it
        with suppress(OSError, *TIMEOUTS):
            _within(PATIENCE, lambda: self._executor.shutdown(wait=False))
        _close(self._client)

    def _pass_on(self, future: Future[Any], theirs: Future[Any]) -> None:
        """Give the outcome of dask's future to ours."""
        if self._stopped or future.cancelled() or not future.set_running_or_notify_cancel():
            return
        error = self._lost() if theirs.cancelled() else theirs.exception()
        if error is None:
            future.set_result(theirs.result())
        else:
            future.set_exception(_translated(error))

    def _check(self) -> None:
        """Refuse to begin with a worker that would not compute what we would.

        The scheduler unpacks tasks before it hands them on, so it needs the same code.
        """
        for worker, threads in self._threads().items():
            if threads > 1:
                raise EngineError(
                    f"this dask worker runs {threads} tasks in one process",
                    where=worker,
                    fix="start it with --nthreads 1, and --nworkers for more processes",
                )
        for place, theirs in (self._on_scheduler(_facts) | self._everywhere(_facts)).items():
            _refuse_if_different(self._ours, theirs, place)

    def _threads(self) -> dict[str, int]:
        """Threads of each worker there is."""
        try:
            return dict(_within(PATIENCE, self._client.nthreads))
        except (OSError, *TIMEOUTS) as error:
            raise self._lost() from error

    def _on_scheduler(self, function: Callable[[], Any]) -> dict[str, Any]:
        place = f"the scheduler at {self._address}"
        try:
            return {place: _within(SLOW_DISK, lambda: self._client.run_on_scheduler(function))}
        except (OSError, *TIMEOUTS) as error:
            raise self._lost() from error
        except Exception as error:
            raise _unfit(error, place) from error

    def _everywhere(
        self,
        function: Callable[..., Any],
        *arguments: Any,
        workers: list[str] | None = None,
        patience: float = SLOW_DISK,
    ) -> dict[str, Any]:
        """A function's result on each worker."""
        run = partial(self._client.run, function, *arguments, workers=workers, on_error="return")
        try:
            results = _within(patience, run)
        except (OSError, *TIMEOUTS) as error:
            raise self._lost() from error
        for worker, result in results.items():
            if isinstance(result, FerError):
                raise result
            if isinstance(result, BaseException):
                raise _unfit(result, worker) from result
        return dict(results)

    def _lost(self) -> EngineError:
        return EngineError(
            "the connection to the dask scheduler is lost",
            where=self._address,
            fix="start it and its workers again, then resume",
        )


def _checked_address(address: str) -> str:
    parts = urlsplit(address)
    try:
        complete = parts.scheme in ("tcp", "tls") and parts.hostname and parts.port
    except ValueError:  # a port that is no number
        complete = False
    if not complete:
        raise SettingError("this is no scheduler's address", where=address, fix="give it as tcp://host:8786")
    return address


def _connect(address: str) -> Any:
    """A client of the scheduler, which has at least one worker."""
    try:
        from distributed import Client, Security
    except ImportError as error:
        raise SettingError(
            "dask is not installed", where=address, fix="pip install -r requirements-cluster.txt -c constraints.txt"
        ) from error
    ours = Security().get_connection_args("client")  # what dask's own settings say
    if address.startswith("tls:") and not ours["ssl_context"]:
        raise SettingError("dask has no certificate", where=address, fix="name one (docs/cluster.md)")
    if address.startswith("tcp:") and ours["require_encryption"]:
        raise SettingError("dask is set to refuse plain connections", where=address, fix="use tls://")
    try:
        client = _within(PATIENCE + 1, lambda: Client(address, timeout=PATIENCE, set_as_default=False, name="fer-lab"))
    except (OSError, *TIMEOUTS, ValueError) as error:
        raise EngineError(
            "the dask scheduler does not answer", where=address, fix="start it, and check the address"
        ) from error
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except TIMEOUTS as error:
        _close(client)
        raise EngineError(
            "the dask scheduler has no workers", where=address, fix="start some (docs/cluster.md)"
        ) from error
    return client


def _close(client: Any) -> None:
    """Let the scheduler go, whether or not it still listens."""
    with suppress(OSError, *TIMEOUTS):
        _within(PATIENCE, partial(client.close, timeout=PATIENCE))


def _within(seconds: float, action: Callable[[], Any]) -> Any:
    """An action's result; `TimeoutError` where it takes longer.

    Dask waits for ever for a peer that takes the connection and says nothing: something else at
    that port, or a frozen scheduler.
    """
    outcome: Future[Any] = Future()

    def act() -> None:
        try:
            outcome.set_result(action())
        except BaseException as error:
            outcome.set_exception(error)

    threading.Thread(target=act, daemon=True).start()
    try:
        return outcome.result(seconds)
    except FutureTimeoutError as error:  # until Python 3.11 a kind of its own
        raise TimeoutError(str(error)) from error


def _translated(error: BaseException) -> BaseException:
    from distributed import KilledWorker

    if isinstance(error, KilledWorker):
        last = getattr(error.last_worker, "address", error.last_worker)
        return BrokenExecutor(f"several dask workers died of this task, the last one {last}")
    return error


def _unfit(error: BaseException, place: str) -> EngineError:
    return EngineError(
        f"FER Lab does not run there ({type(error).__name__}: {error})",
        where=place,
        fix="start it from a checkout of the same version (docs/cluster.md)",
    )


def _refuse_if_different(ours: Mapping[str, str], theirs: Mapping[str, str], worker: str) -> None:
    wrong = differences(ours, theirs)
    if wrong:
        raise EngineError(
            f"what runs there would give other numbers: {'; '.join(wrong)}",
            where=worker,
            fix="install the same checkout with the same constraints.txt there, and start it again",
        )


def _facts() -> dict[str, str]:
    """What has to agree between this process, the scheduler and the workers."""
    from distributed import __version__

    return versions() | {"distributed": __version__, "fer_core's source": code_key(*TASKS)}


# On the worker -------------------------------------------------------------------------------------


def _carry_out(
    expected: Mapping[str, str], function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """A task, unless this worker's versions are other ones."""
    from distributed import get_worker

    _refuse_if_different(expected, _facts(), get_worker().address)
    return function(*args, **kwargs)
