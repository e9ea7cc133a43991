"""MediaPipe's import: without TensorFlow, and in no order that kills the process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow
HELPER = "from fer_core.landmarks._mediapipe import import_mediapipe; m = import_mediapipe()"


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"exit status {done.returncode}: {done.stderr[-800:]}"
    return done.stdout


def test_two_threads_get_a_whole_module_without_tensorflow_and_jax_that_stays_importable() -> None:
    code = f"""
import sys, threading
from fer_core.landmarks._mediapipe import import_mediapipe
got = []
def go():
    got.append(hasattr(import_mediapipe(), 'solutions'))
threads = [threading.Thread(target=go) for _ in range(4)]
[t.start() for t in threads]; [t.join() for t in threads]
print(got)
print(sorted({{n.partition('.')[0] for n in sys.modules}} & {{'tensorflow', 'jax', 'keras'}}))
import importlib.util
print(importlib.util.find_spec('tensorflow') is not None)
{HELPER}
print(m is sys.modules['mediapipe'])
"""
    assert run(code).split("\n")[:4] == ["[True, True, True, True]", "[]", "True", "True"]


@pytest.mark.parametrize(
    "order",
    [
        f"import aiortc; {HELPER}",
        f"import pylibsrtp; {HELPER}; import aiortc",
        f"{HELPER}; import streamlit_webrtc",
    ],  # which imports aiortc
    ids=["aiortc-helper", "pylibsrtp-helper-aiortc", "helper-streamlit_webrtc"],
)
def test_no_import_order_crashes(order: str) -> None:
    assert run(f"{order}; print('alive')").endswith("alive\n")


def test_facemesh_works_and_tensorflow_comes_after_it() -> None:
    code = f"""
{HELPER}
import numpy as np
from fer_core.landmarks.detector import open_landmarker
print(open_landmarker('still').detect(np.zeros((64, 64, 3), np.uint8)))
import tensorflow as tf
print(int(tf.constant(2) + 1))
"""
    assert run(code).split() == ["[]", "3"]


def test_a_training_process_can_find_landmarks_too() -> None:
    """TensorFlow first: importing pylibsrtp would now be the fault it else prevents."""
    code = f"""
import tensorflow
{HELPER}
import numpy as np
from fer_core.landmarks.detector import open_landmarker
print(open_landmarker('still').detect(np.zeros((64, 64, 3), np.uint8)))
"""
    assert run(code).strip() == "[]"


def test_a_missing_library_is_one_sentence() -> None:
    code = f"""
import sys
sys.modules['mediapipe'] = None
from fer_core.base.errors import LandmarkError
try:
    import importlib
    sys.modules.pop('mediapipe')
    class Blocked:
        def find_spec(self, name, path=None, target=None):
            if name == 'mediapipe':
                raise ImportError('libGL.so.1: cannot open shared object file')
    sys.meta_path.insert(0, Blocked())
    {HELPER}
except LandmarkError as error:
    print(error)
print('tensorflow' in sys.modules)
"""
    said, masked = run(code).strip().split("\n")
    assert "libGL.so.1" in said
    assert "libgl1" in said
    assert masked == "False"  # the mask is taken off again
