"""Shared fixtures: where the real data lie, and a home of its own for every test."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
SHARED_DATA = REPOSITORY.parent / "shared" / "data"

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

# With several test processes (`make test`), each computes on one core, and so does what it starts. Set before
# numpy and TensorFlow are loaded, which look only once.
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
if "PYTEST_XDIST_WORKER" in os.environ:
    for name in THREADS:
        os.environ.setdefault(name, "1")

# Tests of all kinds share this process; loaded after TensorFlow or MediaPipe, the webcam's crypto
# library kills it (see fer_core.landmarks._mediapipe).
with suppress(ImportError):
    import pylibsrtp  # noqa: F401


LONGEST = ("training/test_experiment.py", "training/test_experiment_resumed.py")
"""Files that take minutes: begun first, so that nobody waits for them at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, then the order they were found in."""
    first = {REPOSITORY / "tests" / name for name in LONGEST}
    items.sort(key=lambda item: item.path not in first)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes are named by their argument: a zip holds the time it was made at, and two processes that
    collect in different seconds would not find the same tests (tests/test_ids.py)."""
    return argname if isinstance(val, bytes | bytearray) else None


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real corpora; tests that need it skip where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real corpora (../shared/data) are not on this machine")
    return SHARED_DATA


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test has its own FER Lab home, so that none sees another's cache or runs."""
    home = tmp_path_factory.mktemp("fer_home")
    monkeypatch.setenv("FER_LAB_HOME", str(home))
    return home


@pytest.fixture
def known_tracks(own_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The test's home has the landmarks of clips that another test, of any process, has found already."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "tracks"
    folder.mkdir(exist_ok=True)
    (own_home / "cache").mkdir()
    (own_home / "cache" / "tracks").symlink_to(folder)
    return folder
