"""Grad-CAM for pages: asked of a process of its own that stays, so that TensorFlow never enters the server's.

A plain child with pipes, not multiprocessing's: that would run the page's script again in the child.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import threading
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import BundleError
from fer_core.base.paths import REPOSITORY
from fer_core.models.images.grad_cam import Heat

CHILD = "fer_core.models.images.grad_cam_child"
IDLE_SECONDS = 600.0
"""After so long without a question the process is let go: it holds half a gigabyte."""
MOST_KEPT = 64

Picture = npt.NDArray[np.uint8]


class GradCamService:
    """Answers come as futures, one at a time, and are kept; any thread may ask.

    ``words`` says what is going on, for a page that waits.
    """

    def __init__(self, idle_seconds: float = IDLE_SECONDS) -> None:
        self.words = ""
        self._idle_seconds = idle_seconds
        self._process: subprocess.Popen[str] | None = None
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="grad-cam")
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[Any, ...], Future[Heat]] = OrderedDict()
        self._timer: threading.Timer | None = None

    def ask(self, folder: Path, picture: Picture) -> Future[Heat]:
        """Grad-CAM of a picture, uint8 (size, size, channels), by the bundle in a folder.

        The same question gives the same future; one that failed is asked again. The future raises
        `BundleError` where the bundle cannot be used, or the process ended without a word.
        """
        stamp = max((f.stat().st_mtime_ns for f in folder.iterdir() if f.is_file()), default=0)
        key = (str(folder.resolve()), stamp, picture.shape, blake2b(picture.tobytes()).hexdigest())
        with self._lock:
            known = self._kept.get(key)
            if known is not None and not (known.done() and known.exception() is not None):
                self._kept.move_to_end(key)
                return known
            future = self._kept[key] = self._pool.submit(self._answer, folder.resolve(), picture)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
            return future

    def close(self) -> None:
        """Let the process go; the next question starts another."""
        self._pool.submit(self._end).result()

    # --- in the pool's one thread -----------------------------------------------------------------

    def _answer(self, folder: Path, picture: Picture) -> Heat:
        if self._timer is not None:
            self._timer.cancel()
        request = {
            "folder": str(folder),
            "shape": list(picture.shape),
            "picture": base64.b64encode(np.ascontiguousarray(picture).tobytes()).decode(),
        }
        try:
            if self._process is None or self._process.poll() is not None:
                self.words = "Starting TensorFlow in a process of its own; the first time takes ten seconds"
                self._process = _started()
                self._read()
            self.words = "Working the heat out"
            self._send(request)
            got = self._read()
        finally:
            self.words = ""
            self._wait_for_more()
        if "error" in got:
            raise BundleError(got["error"]["what"], where=got["error"]["where"], fix=got["error"]["fix"])
        return _heat(got)

    def _send(self, request: dict[str, Any]) -> None:
        assert self._process is not None and self._process.stdin is not None
        with suppress(OSError):  # a process that is gone is noticed when its answer is read
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()

    def _read(self) -> dict[str, Any]:
        assert self._process is not None and self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            status = self._process.wait()
            self._process = None
            raise BundleError(
                f"the process for Grad-CAM ended without a word (status {status})",
                fix="try again; it needs a gigabyte of memory",
            )
        got: dict[str, Any] = json.loads(line)
        return got

    def _wait_for_more(self) -> None:
        self._timer = threading.Timer(self._idle_seconds, self._pool.submit, (self._end,))
        self._timer.daemon = True
        self._timer.start()

    def _end(self) -> None:
        process, self._process = self._process, None
        if self._timer is not None:
            self._timer.cancel()
        if process is None:
            return
        with suppress(OSError):
            if process.stdin is not None:
                process.stdin.close()  # it reads the end of its input and leaves
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _started() -> subprocess.Popen[str]:
    quiet = {"CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"}
    return subprocess.Popen(
        [sys.executable, "-m", CHILD],
        cwd=REPOSITORY,
        env=os.environ | quiet,
        text=True,
        encoding="utf-8",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def _heat(got: dict[str, Any]) -> Heat:
    heat = np.frombuffer(base64.b64decode(got["heat"]), "<f4").reshape(got["shape"]).astype(np.float32)
    rows, columns = got["grid"]
    return Heat(
        tuple(got["emotions"]),
        np.array(got["probabilities"], dtype=np.float32),
        heat,
        tuple(got["layers"]),
        (int(rows), int(columns)),
        str(got["score"]),
    )
