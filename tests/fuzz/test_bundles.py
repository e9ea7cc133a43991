"""Mutated bundles of both kinds: opened and asked once, or one sentence; each is listed whatever it holds."""

from __future__ import annotations

import io
import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from image_bundle_samples import band_bundle
from odd import mutations
from samples import made_track, tiny_bundle

from fer_core.live.images.media import predict_picture
from fer_core.live.media import predict_track
from fer_core.models.bundle import bundles_in, save_bundle
from fer_core.models.images.bundle import ImageBundle, image_bundles_in, load_image_bundle
from fer_core.models.opening import open_bundle

from .mutators import damaged, every, plain_of, replaced, tried

PICTURE = np.random.default_rng(0).integers(0, 255, (30, 30, 3), dtype=np.uint8)
TRACK = made_track()


def spoiled_arrays(data: bytes, rng: random.Random) -> bytes:
    """One array of another size, kind or order, away, or with an odd number in it."""
    try:
        with np.load(io.BytesIO(data)) as stored:
            arrays = {name: stored[name] for name in stored.files}
    except Exception:  # of an archive that was damaged before
        arrays = {}
    if not arrays:
        return damaged(data, rng)
    name, other = rng.choice(sorted(arrays)), rng.choice(sorted(arrays))
    array = np.array(arrays[name])
    how = rng.randrange(7)
    if how < 3 and array.size:
        array.flat[rng.randrange(array.size)] = rng.choice([np.nan, np.inf, 1e30, -1e38, 0, 1e-40])
    elif how == 3:
        with np.errstate(over="ignore"):
            array = array * np.float32(rng.choice([0, -1, 1e20, 1e38]))
    elif how == 4:
        array = rng.choice([array.T, array[:-1] if array.ndim else array, array[None], array.ravel()])
    elif how == 5:
        array = array.astype(rng.choice(["f8", "f2", "i8", "U3", "c16", ">f4", "O"]), copy=True)
    else:
        array = arrays[other]
    arrays[name] = array
    written = io.BytesIO()
    np.savez(written, **arrays)
    return written.getvalue()


def disturb_bundle(folder: Path, rng: random.Random) -> None:
    """One of its files damaged, spoiled or replaced."""
    file = rng.choice(sorted(folder.iterdir()))
    if not file.is_file() or file.is_symlink():
        return
    data, how = file.read_bytes(), rng.randrange(8)
    if how == 0:
        file.unlink()
        replaced(file, rng)
    elif how < 3 or not data:
        file.write_bytes(damaged(data, rng))
    elif file.suffix == ".npz":
        file.write_bytes(spoiled_arrays(data, rng))
    elif file.suffix == ".json" and (plain := plain_of(data)):
        file.write_text(json.dumps(next(mutations(plain, 1, rng.randrange(10**6)))[1]))
    else:
        file.write_bytes(damaged(data, rng))


def ask(bundle: Any) -> dict[str, float]:
    """What it says of a picture, or of a clip's landmarks."""
    if isinstance(bundle, ImageBundle):
        return predict_picture(bundle, PICTURE, as_is=True).distribution
    return predict_track(bundle, TRACK, starts_neutral=True).distribution


def told(case: str, folder: Path) -> bool:
    """Whether it opens and answers; what it answers is a distribution."""
    bundle = tried(case, (folder, folder.name), open_bundle, folder)
    if isinstance(bundle, ImageBundle):
        tried(case, (folder, folder.name), load_image_bundle, folder)
    said = None if bundle is None else tried(case, (folder.name, bundle.name), ask, bundle)
    assert said is None or abs(sum(said.values()) - 1) < 1e-3, f"{case}: {said}"
    return said is not None


def fuzzed(kind: str, tmp_path: Path, make: Callable[[Path], object]) -> float:
    """The share of a kind's bundles that worked; each that has a description is listed."""
    make(tmp_path / "sound")

    def one(case: str, rng: random.Random) -> bool:
        around = tmp_path / case.replace("/", "-").replace(" ", "-")
        folder = around / "bundle"
        shutil.copytree(tmp_path / "sound", folder)
        for _ in range(rng.choice([1, 1, 1, 2])):
            disturb_bundle(folder, rng)
        listed = [*bundles_in(around), *image_bundles_in(around)]
        if (folder / "bundle.json").exists():
            assert listed == [folder], f"{case}: it is not listed"
        return told(case, folder)

    return every(kind, one)


@pytest.mark.slow
def test_bundles_of_landmarks(tmp_path: Path) -> None:
    assert fuzzed("bundles", tmp_path, lambda folder: save_bundle(tiny_bundle(), folder)) > 0.1


@pytest.mark.slow
def test_bundles_of_pictures(tmp_path: Path) -> None:
    assert fuzzed("image bundles", tmp_path, band_bundle) > 0.1
