"""Seconds from ``streamlit run app.py`` until the first page has drawn, and what is loaded by then."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from fer_core.base.errors import SettingError
from fer_core.base.progress import Progress, silent
from fer_core.efficiency.app_server import PATIENCE, AppServer, app_server, browser, has_browser, wait_until_drawn
from fer_core.studies.efficiency.side_by_side import cores, load_before

HEAVY = ("tensorflow", "keras", "mediapipe", "jaxlib", "onnxruntime")
"""What no page should need before somebody trains or opens the camera."""


def measure(starts: int = 5, *, with_browser: bool | None = None, progress: Progress = silent) -> dict[str, Any]:
    """Start the app so many times, each with an empty home.

    Parameters
    ----------
    with_browser : bool or None
        Wait until Home is drawn in a Chromium that is already open; else until Streamlit says over its
        websocket that the script has run. None: with a browser where there is one.

    Returns
    -------
    Plain data: ``seconds`` (median), ``seconds_range``, ``first_seconds`` (the first start, which finds
    cold files), ``answers_seconds`` (until the server answers at all), ``until`` ("drawn in Chromium" or
    "script finished"), ``native_packages`` (loaded by the server's process) and ``heavy``: those of
    `HEAVY` among them, or None where the system does not tell.
    """
    if starts < 1:
        raise SettingError("starts are 1 or more", fix="choose a sensible value")
    seen = has_browser() if with_browser is None else with_browser
    load = load_before()
    whole, answers, packages = [], [], None
    opened: AbstractContextManager[Any] = browser() if seen else nullcontext()
    with opened as driver:
        for n in range(starts):
            progress(n, starts, "starting the app")
            with TemporaryDirectory() as home, app_server(Path(home)) as server:
                answers.append(server.wait_until_it_answers())
                if seen:
                    driver.get(server.address)
                    wait_until_drawn(driver)
                else:
                    run_script(server)
                whole.append(time.perf_counter() - server.begun)
                packages = server.native_packages()
                if seen:
                    driver.get("about:blank")
    return {
        "starts": starts,
        "cores": cores(),
        "load_before": load,
        "until": "drawn in Chromium" if seen else "script finished",
        "seconds": float(np.median(whole)),
        "seconds_range": [min(whole), max(whole)],
        "first_seconds": whole[0],
        "answers_seconds": float(np.median(answers)),
        "native_packages": packages,
        "heavy": None if packages is None else [name for name in packages if name in HEAVY],
    }


# Without a browser: Streamlit's websocket, read by field numbers -----------------------------------------

_RUN = b"\x5a\x00"  # BackMsg.rerun_script (field 11), empty
_FINISHED = 6  # ForwardMsg.script_finished


def run_script(server: AppServer) -> None:
    """Connect as a browser does, ask for the page and wait until its script has run.

    Raises `SettingError` where it does not end.
    """
    from websockets.sync.client import connect

    address = f"ws://localhost:{server.port}/_stcore/stream"
    with connect(address, subprotocols=["streamlit"], max_size=None) as socket:  # type: ignore[list-item]
        socket.send(_RUN)
        end = time.perf_counter() + PATIENCE
        while time.perf_counter() < end:
            message = socket.recv(timeout=PATIENCE)
            if isinstance(message, bytes) and _FINISHED in fields(message):
                return
    raise SettingError("the page's script does not end", fix="open the app by hand and look")


def fields(message: bytes) -> Iterator[int]:
    """Field numbers of a protobuf message, outermost level (protobuf.dev, encoding).

    Raises `SettingError` for bytes that are none.
    """
    at = 0
    try:
        while at < len(message):
            key, at = _varint(message, at)
            yield key >> 3
            if (kind := key & 7) == 0:
                _, at = _varint(message, at)
            elif kind == 2:
                length, at = _varint(message, at)
                at += length
            elif kind in (1, 5):
                at += 8 if kind == 1 else 4
            else:
                raise IndexError
    except IndexError as error:
        raise SettingError("the server's message cannot be read", fix="measure with a browser") from error


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, and where it ends."""
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
