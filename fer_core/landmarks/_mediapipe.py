"""The one place where MediaPipe is imported, and how it is done safely."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from types import ModuleType

from fer_core.base.errors import LandmarkError

_IMPORTING = threading.Lock()


def import_mediapipe() -> ModuleType:
    """Import MediaPipe without dragging TensorFlow and JAX in; returns the module.

    Two things here look removable and are not:

    - ``pylibsrtp`` (aiortc's crypto) has to be loaded before MediaPipe's native code, or
      the webcam page kills the whole server with a segmentation fault when it comes second.
      After TensorFlow it is too late for it (the same fault), so a training process goes without.
    - MediaPipe imports TensorFlow for one decorator. Hiding TensorFlow during the import
      makes it 4 times faster and saves about 1 GB; MediaPipe carries on without it.

    Threads wait for one another: else a second one would get a half-imported module.
    """
    with _IMPORTING:
        return _import_mediapipe()


def _import_mediapipe() -> ModuleType:
    if "mediapipe" in sys.modules:
        return sys.modules["mediapipe"]
    os.environ.setdefault("GLOG_minloglevel", "2")
    masked = "tensorflow" not in sys.modules
    if masked:
        with suppress(ImportError):  # no webcam support installed: nothing to protect
            import pylibsrtp  # noqa: F401
        sys.modules["tensorflow"] = None  # type: ignore[assignment]
    try:
        import mediapipe
    except ImportError as error:
        raise LandmarkError(
            f"MediaPipe cannot be imported: {error}",
            fix="install with pip install -r requirements.txt -c constraints.txt; OpenCV also needs "
            "the system libraries libgl1 and libglib2.0-0",
        ) from error
    finally:
        if masked:
            del sys.modules["tensorflow"]
    return mediapipe
