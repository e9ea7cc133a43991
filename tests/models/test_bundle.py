"""Bundles: what is saved comes back, and no damaged or hostile file gets further than one sentence."""

from __future__ import annotations

import io
import json
import os
import shutil
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from samples import made_set, tiny_bundle

from fer_core.base.errors import BundleError
from fer_core.landmarks.augment import held_last_frames
from fer_core.models import bundle_files as module
from fer_core.models.bundle import ARRAYS, CARD, DESCRIPTION, bundles_in, load_bundle, save_bundle
from fer_core.models.calibration import Calibration


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundles") / "tiny"
    save_bundle(tiny_bundle(members=2), folder)
    return folder


@pytest.fixture
def copy(saved: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(saved, tmp_path / "copy"))


def refused(folder: Path) -> str:
    with pytest.raises(BundleError) as caught:
        load_bundle(folder)
    said = str(caught.value)
    assert "\n" not in said
    assert said.endswith(".")
    assert caught.value.where
    assert caught.value.fix
    return said


def redescribe(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    file = folder / DESCRIPTION
    text = json.loads(file.read_text())
    change(text)
    file.write_text(json.dumps(text))


def rearray(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    with np.load(folder / ARRAYS) as stored:
        arrays = dict(stored)
    change(arrays)
    np.savez(folder / ARRAYS, **arrays)


@pytest.mark.parametrize("architecture", ["gru", "lstm"])
@pytest.mark.parametrize("components", [0, 8])
def test_a_saved_bundle_says_exactly_the_same(architecture: str, components: int, tmp_path: Path) -> None:
    bundle = tiny_bundle(architecture=architecture, members=2, components=components)
    bundle = replace(bundle, streams=True, calibration=Calibration(0.625, -0.5))
    save_bundle(bundle, tmp_path / "nested" / "b")
    loaded = load_bundle(str(tmp_path / "nested" / "b"))
    for clips in (made_set(3, seed=8), held_last_frames(made_set(3, seed=8))):
        np.testing.assert_array_equal(loaded.recogniser.probabilities(clips), bundle.recogniser.probabilities(clips))
    same = ("name", "frames", "rule", "metrics", "training", "card", "emotions", "streams", "calibration")
    assert [getattr(loaded, n) for n in same] == [getattr(bundle, n) for n in same]


def test_a_bundle_from_before_streams_still_loads(copy: Path) -> None:
    redescribe(copy, lambda t: t.pop("stream"))
    bundle = load_bundle(copy)
    assert (bundle.streams, bundle.calibration) == (False, None)


def test_it_is_json_plain_arrays_and_a_card(saved: Path) -> None:
    assert sorted(p.name for p in saved.iterdir()) == sorted([DESCRIPTION, ARRAYS, CARD])
    json.loads((saved / DESCRIPTION).read_text(), parse_constant=pytest.fail)
    with np.load(saved / ARRAYS, allow_pickle=False) as stored:
        assert {stored[n].dtype for n in stored.files} == {np.dtype(np.float32)}


def test_bundles_in_a_folder_are_listed(saved: Path) -> None:
    assert bundles_in(saved.parent) == [saved]
    assert bundles_in(saved) == []


def test_one_of_an_unknown_format_is_listed_too(copy: Path) -> None:
    redescribe(copy, lambda text: text.update(format="fer-lab-bundlf"))
    assert bundles_in(copy.parent) == [copy] and "does not describe" in refused(copy)


def test_a_pipe_in_the_place_of_the_arrays_is_not_waited_for(copy: Path) -> None:
    (copy / ARRAYS).unlink()
    os.mkfifo(copy / ARRAYS)
    refused(copy)


@pytest.mark.parametrize("name", [DESCRIPTION, ARRAYS])
def test_a_missing_file(copy: Path, name: str) -> None:
    (copy / name).unlink()
    refused(copy)


def test_no_folder_at_all(tmp_path: Path) -> None:
    assert "no model bundle" in refused(tmp_path / "nowhere")


def test_a_missing_card_is_no_harm(copy: Path) -> None:
    (copy / CARD).unlink()
    assert load_bundle(copy).card == ""


@pytest.mark.parametrize("text", ["", "{", "not json", "[]", "3", "null", '{"format": "other"}', "\ufeff{}"])
def test_a_description_that_is_none(copy: Path, text: str) -> None:
    (copy / DESCRIPTION).write_text(text)
    refused(copy)


def test_a_description_that_is_no_text(copy: Path) -> None:
    (copy / DESCRIPTION).write_bytes(b"\xff\xfe\x00\x80")
    refused(copy)


def test_a_description_nested_beyond_reason(copy: Path) -> None:
    (copy / DESCRIPTION).write_text('{"a":' * 100_000)
    refused(copy)


@pytest.mark.parametrize("version", [0, 2, "1", None, 1.5, [1]])
def test_another_version(copy: Path, version: object) -> None:
    redescribe(copy, lambda text: text.update(version=version))
    assert "version" in refused(copy)


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.pop("network"),
        lambda t: t.pop("features"),
        lambda t: t.pop("sampling"),
        lambda t: t.update(emotions=["anger"]),
        lambda t: t.update(emotions=["anger", "joyful", "fear"]),
        lambda t: t.update(emotions="anger"),
        lambda t: t.update(emotions=["anger", "anger", "anger"]),
        lambda t: t.update(emotions=None),
        lambda t: t.update(metrics=[1]),
        lambda t: t.update(training="x"),
        lambda t: t["network"].update(architecture="cnn"),
        lambda t: t["network"].update(F=5),
        lambda t: t["network"].update(F="4"),
        lambda t: t["network"].update(Q=0),
        lambda t: t["network"].update(members=3),
        lambda t: t["network"].update(members=0),
        lambda t: t["network"].update(members=-2),
        lambda t: t["network"].update(members="2"),
        lambda t: t["network"].update(inputs=9),
        lambda t: t["features"]["spec"].update(components=9),
        lambda t: t["features"]["spec"].update(kind="pixels"),
        lambda t: t["features"]["spec"].update(more=1),
        lambda t: t["features"]["spec"].update(components="8"),
        lambda t: t["features"].update(scale=0),
        lambda t: t["features"].update(scale=float("nan")),
        lambda t: t["features"].update(scale=float("inf")),
        lambda t: t["features"].update(scale="x"),
        lambda t: t["sampling"].update(frames=0),
        lambda t: t["sampling"].update(frames=10**9),
        lambda t: t["sampling"].update(frames="many"),
        lambda t: t["sampling"].update(rule="random"),
        lambda t: t["stream"].update(calibration={"scale": -1.0, "bias": 0.0}),
        lambda t: t["stream"].update(calibration={"scale": 1.0, "bias": "x"}),
        lambda t: t["stream"].update(calibration={"scale": 1.0}),
        lambda t: t.update(stream=[1]),
    ],
)
def test_a_description_that_does_not_fit(copy: Path, change: Callable[[dict[str, Any]], None]) -> None:
    redescribe(copy, change)
    refused(copy)


def truncated(arrays: dict[str, Any], name: str) -> None:
    arrays[name] = arrays[name][:-1]


@pytest.mark.parametrize(
    "change",
    [
        lambda a: a.pop("weights/kernel"),
        lambda a: truncated(a, "weights/recurrent"),
        lambda a: a.pop("features/mean"),
        lambda a: truncated(a, "features/mean"),
        lambda a: a.pop("features/directions"),
        lambda a: truncated(a, "features/directions"),
        lambda a: a.pop("features/guess_mean"),
        lambda a: truncated(a, "features/guess_up"),
        lambda a: truncated(a, "features/guess_down"),
        lambda a: a["weights/bias"].fill(np.nan),
        lambda a: a["weights/out_bias"].fill(np.inf),
        lambda a: a["weights/bn_variance"].fill(-1),
        lambda a: a.update({"weights/bias": np.array(["x"])}),
        lambda a: a.update({"weights/bias": a["weights/bias"].astype(int)}),
        lambda a: a.update({"weights/bias": a["weights/bias"].astype(complex)}),
        lambda a: a.update({"weights/kernel": a["weights/kernel"].astype(float) * 1e300}),
        lambda a: a.update({"features/guess_more": np.zeros(3)}),
    ],
)
def test_arrays_that_do_not_fit(copy: Path, change: Callable[[dict[str, Any]], None]) -> None:
    rearray(copy, change)
    refused(copy)


def test_an_array_nobody_asks_for_is_no_harm(copy: Path) -> None:
    rearray(copy, lambda arrays: arrays.update({"features/more": np.zeros(3)}))
    load_bundle(copy)


class Bomb:
    """Would leave a file behind if it were ever unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.mark,)


def test_a_pickled_array_is_refused_and_not_run(copy: Path, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    with np.load(copy / ARRAYS) as stored:
        arrays: dict[str, Any] = dict(stored)
    arrays["weights/bias"] = np.array([Bomb(mark)], dtype=object)
    np.savez(copy / ARRAYS, **arrays)
    refused(copy)
    assert not mark.exists()


def test_a_pickle_in_the_place_of_the_archive(copy: Path, tmp_path: Path) -> None:
    import pickle

    mark = tmp_path / "mark"
    (copy / ARRAYS).write_bytes(pickle.dumps(Bomb(mark)))
    refused(copy)
    assert not mark.exists()


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.9, 0.999])
def test_a_cut_off_archive(copy: Path, share: float) -> None:
    whole = (copy / ARRAYS).read_bytes()
    (copy / ARRAYS).write_bytes(whole[: int(len(whole) * share)])
    refused(copy)


def test_no_flipped_byte_gets_past(copy: Path) -> None:
    whole = (copy / ARRAYS).read_bytes()
    before = load_bundle(copy)
    for at in [
        *range(0, 200, 3),
        *range(200, len(whole) - 300, len(whole) // 60),
        *range(len(whole) - 300, len(whole), 7),
    ]:
        (copy / ARRAYS).write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        try:
            loaded = load_bundle(copy)
        except BundleError:
            continue
        for name, value in before.recogniser.weights.items():
            np.testing.assert_array_equal(loaded.recogniser.weights[name], value, err_msg=f"byte {at}")


def test_an_archive_that_unpacks_to_gigabytes_is_refused_unread(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 10_000_000)
    with zipfile.ZipFile(copy / ARRAYS, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("weights/bias.npy", bytes(11_000_000))
    assert (copy / ARRAYS).stat().st_size < 100_000
    assert "larger" in refused(copy)


def test_a_header_that_claims_terabytes_is_refused(copy: Path) -> None:
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "<f4", "fortran_order": False, "shape": (10**12,)})
    with zipfile.ZipFile(copy / ARRAYS, "w") as archive:
        archive.writestr("weights/bias.npy", head.getvalue() + bytes(64))
    refused(copy)


def test_a_member_that_is_no_array_is_refused(copy: Path) -> None:
    with zipfile.ZipFile(copy / ARRAYS, "a") as archive:
        archive.writestr("../evil.npy", b"not an array")
    refused(copy)


def test_a_description_of_200_mb_and_one_with_a_byte_order_mark(copy: Path) -> None:
    file = copy / DESCRIPTION
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert load_bundle(copy).name == "tiny"
    with file.open("ab") as stream:
        stream.truncate(200_000_000)
    assert "larger than 16 MB" in refused(copy)
    assert bundles_in(copy.parent) == [copy]  # it is still listed, and says so when it is chosen


@pytest.mark.parametrize("members", [10_000, 100_000])
def test_arrays_without_number_are_refused_before_their_list_is_read(copy: Path, members: int) -> None:
    file = copy / ARRAYS
    with zipfile.ZipFile(file, "w") as archive:
        for k in range(10_000):
            archive.writestr(f"w{k}.npy", b"")
    if members > 10_000:  # the list grows, and the end record says how long it is: no member is needed
        raw = bytearray(file.read_bytes())
        at = raw.rfind(b"PK\x05\x06")
        raw[at + 12 : at + 16] = (60 * members).to_bytes(4, "little")
        file.write_bytes(bytes(raw))
    started = time.perf_counter()
    assert "more than 4,096 arrays" in refused(copy)
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t["network"].update(members=2**70),
        lambda t: t["network"].update(mirrored=None),
        lambda t: t["network"].update(losses={}),
        lambda t: t["network"].update(losses=[[]]),
        lambda t: t["network"].update(offsets=[None]),
        lambda t: t["network"].update(inputs=10**12),
        lambda t: t.update(name=None),
        lambda t: t.update(training={"subjects": "P1"}),
        lambda t: t.update(training={"corpus": [1]}),
        lambda t: t["sampling"].update(rule=None),
        lambda t: t["features"].update(spec=[]),
        lambda t: t["features"].update(scale=1e300),
    ],
)
def test_odd_values_of_a_description(copy: Path, change: Callable[[dict[str, Any]], None]) -> None:
    redescribe(copy, change)
    assert DESCRIPTION in refused(copy)
