"""Landmark sets stored by content: the same everywhere, whole or refused."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from samples import made_set

from fer_core.base.errors import LandmarkError
from fer_core.landmarks.landmark_set import PER_CLIP, LandmarkSet, Rejection
from fer_core.training.engine.shared_data import DataRef, data_key, is_visible, load, publish, receive

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def forgotten() -> None:
    """What an earlier test loaded is not remembered."""
    load.cache_clear()


@pytest.fixture(scope="module")
def made() -> LandmarkSet:
    return replace(made_set(4), rejected=(Rejection("c", "anger", "no face"),), synthetic=True)


def assert_same(a: LandmarkSet, b: LandmarkSet) -> None:
    for name in PER_CLIP:
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name), err_msg=name)
    assert (a.corpus, a.synthetic, a.rejected) == (b.corpus, b.synthetic, b.rejected)


def test_what_was_published_is_loaded(made: LandmarkSet, tmp_path: Path) -> None:
    ref = publish(made, tmp_path / "new" / "folder")
    back = load(ref)
    assert_same(back, made)
    assert data_key(back) == ref.key == data_key(made)
    assert load(DataRef(ref.path, ref.key)) is back, "read once per process"
    assert [f.name for f in (tmp_path / "new" / "folder").iterdir()] == [f"landmarks-{ref.key}.npz"]


def test_loaded_arrays_cannot_be_changed_but_parts_of_them_can(made: LandmarkSet, tmp_path: Path) -> None:
    back = load(publish(made, tmp_path))
    with pytest.raises(ValueError, match="read-only"):
        back.points[0] = 0.0
    back.take([0, 1]).points[0] = 0.0
    assert_same(back, made)


@pytest.mark.parametrize("name", PER_CLIP)
def test_the_key_changes_with_every_field(made: LandmarkSet, name: str) -> None:
    value = getattr(made, name).copy()
    value[-1] = ~value[-1] if value.dtype == bool else "other" if value.dtype.kind == "U" else value[-1] + 1
    assert data_key(replace(made, **{name: value})) != data_key(made)


def test_the_key_changes_with_the_corpus_and_its_rejections(made: LandmarkSet) -> None:
    others = [replace(made, corpus="x"), replace(made, synthetic=False), replace(made, rejected=())]
    order = made.take(np.arange(len(made))[::-1])
    assert len({data_key(m) for m in (made, order, *others)}) == 5


def test_the_key_does_not_depend_on_how_arrays_lie_in_memory(made: LandmarkSet) -> None:
    wider = replace(made, emotion=made.emotion.astype("<U40"), points=np.asfortranarray(made.points))
    assert data_key(wider) == data_key(made)


def test_the_key_is_the_same_in_another_process(made: LandmarkSet) -> None:
    code = (
        "import sys; sys.path.insert(0, 'tests')\n"
        "from samples import made_set; from fer_core.training.engine.shared_data import data_key\n"
        "print(data_key(made_set(4)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONHASHSEED": "7"},
    )
    assert done.stdout.strip() == data_key(made_set(4))


def test_stored_twice_is_stored_once(made: LandmarkSet, tmp_path: Path) -> None:
    first = publish(made, tmp_path)
    before = Path(first.path).stat().st_mtime_ns
    assert publish(made, tmp_path) == first
    assert Path(first.path).stat().st_mtime_ns == before
    other = publish(replace(made, corpus="other"), tmp_path)
    assert other.key != first.key
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "other"])
def test_a_damaged_file_is_refused_and_made_again(made: LandmarkSet, tmp_path: Path, damage: str) -> None:
    ref = publish(made, tmp_path)
    whole = Path(ref.path).read_bytes()
    at = len(whole) // 2
    other = Path(publish(replace(made, corpus="other"), tmp_path / "other").path).read_bytes()
    flipped = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
    Path(ref.path).write_bytes({"cut": whole[:at], "flipped": flipped, "empty": b"", "other": other}[damage])
    with pytest.raises(LandmarkError, match=r"damaged \(.*landmarks-.*delete this file"):
        load(ref)
    assert publish(made, tmp_path) == ref
    assert_same(load(ref), made)


def test_a_wrong_key_is_never_answered_with_other_data(made: LandmarkSet, tmp_path: Path) -> None:
    ref = publish(made, tmp_path)
    with pytest.raises(LandmarkError, match="damaged"):
        load(DataRef(ref.path, "0" * 32))


def test_a_file_that_this_machine_does_not_see_is_said(tmp_path: Path) -> None:
    ref = DataRef(str(tmp_path / "not here.npz"), "0" * 32)
    assert not is_visible(ref)
    with pytest.raises(LandmarkError, match=r"does not see.*not here.npz on .*resume the experiment"):
        load(ref)


def test_a_received_copy_stands_in_for_the_original(made: LandmarkSet, tmp_path: Path) -> None:
    ref = publish(made, tmp_path)
    content = Path(ref.path).read_bytes()
    Path(ref.path).unlink()
    assert not is_visible(ref)
    receive(ref.key, content)
    assert is_visible(ref)
    assert_same(load(ref), made)


def test_a_place_that_cannot_be_written_is_said(made: LandmarkSet, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(LandmarkError, match=r"cannot be stored.*file"):
        publish(made, tmp_path / "file")


FULL = """
import resource, signal, sys
from pathlib import Path
sys.path.insert(0, "tests")
from samples import made_set
from fer_core.base.errors import LandmarkError
from fer_core.training.engine.shared_data import publish
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
made = made_set(4)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    publish(made, Path(sys.argv[1]))
except LandmarkError as error:
    print(error)
"""


def test_a_full_disk_leaves_nothing_half_written(made: LandmarkSet, tmp_path: Path) -> None:
    earlier = publish(replace(made, corpus="earlier"), tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path)], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert "cannot be stored (File too large)" in done.stdout
    assert "free space" in done.stdout
    assert [str(f) for f in tmp_path.iterdir()] == [earlier.path]


def test_a_writer_that_is_killed_leaves_no_file_of_that_name(made: LandmarkSet, tmp_path: Path) -> None:
    killed = FULL.replace("SIG_IGN", "SIG_DFL")
    done = subprocess.run([sys.executable, "-c", killed, tmp_path], cwd=REPOSITORY, capture_output=True, check=False)
    assert done.returncode == -signal.SIGXFSZ, "the system ends it in the middle of the write"
    assert [f.suffix for f in tmp_path.iterdir()] == [".part"]
    ref = publish(made, tmp_path)
    assert_same(load(ref), made)
