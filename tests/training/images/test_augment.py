"""Distortions against positions worked out by hand, scipy's interpolation and Keras' own generator."""

from __future__ import annotations

import time

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from fer_core.base.errors import SettingError
from fer_core.training.images.augment import PRESETS, ImageAugmentation, affine_maps

NAMES = tuple(PRESETS)


def smooth(n: int = 8, size: int = 48, channels: int = 1, seed: int = 0) -> np.ndarray:
    """Pictures without sharp edges, float32 in [0, 1]."""
    g = np.random.default_rng(seed)
    v, u = np.mgrid[:size, :size] / size
    waves = [
        0.5 + 0.4 * np.sin(2 * np.pi * (g.uniform(-2, 2) * u + g.uniform(-2, 2) * v) + g.uniform(0, 6))
        for _ in range(n * channels)
    ]
    return np.stack(waves).reshape(n, channels, size, size).transpose(0, 2, 3, 1).astype(np.float32)


def numbers(size: int = 5) -> np.ndarray:
    return np.arange(size * size, dtype=np.uint8).reshape(1, size, size, 1)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same(name: str, channels: int, dtype: type) -> None:
    x = smooth(channels=channels)
    x = (x * 255).astype(np.uint8) if dtype is np.uint8 else x
    before, change = x.copy(), ImageAugmentation.of(name)
    one, two = (change(x, np.random.default_rng(7)) for _ in range(2))
    assert np.array_equal(one, two) and np.array_equal(x, before)
    assert one.shape == x.shape and one.dtype == dtype
    assert np.array_equal(one, x) == (name == "none")
    if name != "none":
        assert not np.array_equal(one, change(x, np.random.default_rng(8)))
    if dtype is np.float32:
        assert one.min() >= 0 and one.max() <= 1


@pytest.mark.parametrize("name", NAMES)
def test_pictures_are_read_where_the_maps_say(name: str) -> None:
    change, x = ImageAugmentation.of(name), smooth(16)
    if not change.moves:
        return
    maps = change.maps(16, (48, 48), np.random.default_rng(3))
    only_moved = ImageAugmentation(**{k: v for k, v in change.record().items() if k in MOVES})
    got = only_moved(x, np.random.default_rng(3))
    v, u = np.mgrid[:48, :48]
    for picture, new, ((a, b, c), (d, e, f)) in zip(x, got, maps, strict=True):
        at = np.stack([d * u + e * v + f, a * u + b * v + c])
        # OpenCV reads at 1/32 of a pixel.
        assert new[..., 0] == pytest.approx(map_coordinates(picture[..., 0], at, order=1, mode="nearest"), abs=0.02)


MOVES = ("rotation", "shift", "zoom", "zoom_each", "flip", "crop")


def test_a_flip_is_exact_and_half_of_the_time() -> None:
    x = np.random.default_rng(0).integers(256, size=(400, 9, 9, 1), dtype=np.uint8)
    got = ImageAugmentation(flip=True)(x, np.random.default_rng(0))
    flipped = np.array([np.array_equal(a, b[:, ::-1]) for a, b in zip(got, x, strict=True)])
    left = np.array([np.array_equal(a, b) for a, b in zip(got, x, strict=True)])
    assert (flipped ^ left).all() and 0.4 < flipped.mean() < 0.6


def test_draws_keep_within_their_ranges_and_reach_them() -> None:
    n, g = 4000, np.random.default_rng(0)
    maps = ImageAugmentation(rotation=15, zoom=0.1, shift=0.05).maps(n, (48, 48), g)
    angle = np.degrees(np.arctan2(maps[:, 1, 0], maps[:, 0, 0]))
    assert 14.9 < np.abs(angle).max() <= 15 and abs(angle.mean()) < 0.5
    zoom = np.hypot(maps[:, 0, 0], maps[:, 1, 0])
    assert 0.9 <= zoom.min() < 0.901 and 1.099 < zoom.max() <= 1.1
    assert np.allclose(zoom, np.hypot(maps[:, 0, 1], maps[:, 1, 1]))  # width and height alike
    each = ImageAugmentation(zoom=0.2, zoom_each=True).maps(n, (48, 48), g)
    assert abs(np.corrcoef(each[:, 0, 0], each[:, 1, 1])[0, 1]) < 0.05
    shift = ImageAugmentation(shift=0.2).maps(n, (40, 50), g)[..., 2]
    assert np.abs(shift).max(0) == pytest.approx([10, 8], rel=0.01)


def test_a_crop_lies_within_the_picture() -> None:
    maps = ImageAugmentation(crop=0.3).maps(3000, (48, 48), np.random.default_rng(0))
    first, last = maps @ [0, 0, 1], maps @ [47, 47, 1]
    assert first.min() >= -0.5 and last.max() <= 47.5
    assert np.ptp(first[:, 0]) > 10  # and anywhere within it
    assert maps[:, 0, 0].min() == pytest.approx(0.7, abs=0.01) and maps[:, 0, 0].max() <= 1


def test_what_comes_into_view_repeats_the_border() -> None:
    x = numbers()
    got = ImageAugmentation(shift=0.8)(np.repeat(x, 50, 0), np.random.default_rng(0))
    assert got.min() >= 0 and got.max() <= 24 and (got.reshape(50, -1).min(1) > 0).any()


@pytest.mark.parametrize("mirrored", [False, True])
def test_the_maps_are_composed_as_keras_composes_them(mirrored: bool) -> None:
    """By the function that its generator hands each picture's draws to."""
    image = pytest.importorskip("keras.src.legacy.preprocessing.image")
    picture = smooth(1)[0]
    theirs = image.apply_affine_transform(
        picture,
        theta=17.0,
        tx=-5.0,
        ty=3.0,
        zx=1.15,
        zy=0.9,
        row_axis=0,
        col_axis=1,
        channel_axis=2,
        fill_mode="nearest",
        order=1,
    )
    theirs = theirs[:, ::-1] if mirrored else theirs
    angle, zoom, shift = np.radians([17.0]), np.array([[1.15, 0.9]]), np.array([[-5.0, 3.0]])
    ((a, b, c), (d, e, f)) = affine_maps(angle, zoom, shift, np.array([mirrored]), (48, 48))[0]
    v, u = np.mgrid[:48, :48]
    at = np.stack([d * u + e * v + f, a * u + b * v + c])
    ours = map_coordinates(picture[..., 0], at, order=1, mode="nearest")
    assert theirs[..., 0] == pytest.approx(ours, abs=1e-4)


def test_brightness_and_contrast_are_what_they_say() -> None:
    x = 0.3 + 0.2 * smooth(200)
    bright = ImageAugmentation(brightness=0.2)(x, np.random.default_rng(0))
    factor = bright.mean((1, 2, 3)) / x.mean((1, 2, 3))
    assert bright == pytest.approx(x * factor[:, None, None, None], abs=1e-5)
    assert 0.8 <= factor.min() < 0.82 and 1.18 < factor.max() <= 1.2001
    sharp = ImageAugmentation(contrast=0.2)(x, np.random.default_rng(0))
    assert sharp.mean((1, 2, 3)) == pytest.approx(x.mean((1, 2, 3)), abs=1e-5)
    assert 0.8 <= (sharp.std((1, 2, 3)) / x.std((1, 2, 3))).min() < 0.82


def test_saturation_and_hue_leave_grey_alone_and_move_colours() -> None:
    change = ImageAugmentation(saturation=0.5, hue=40)
    grey = np.repeat(smooth(6), 3, axis=-1)
    assert change(grey, np.random.default_rng(0)) == pytest.approx(grey, abs=1e-5)
    colour = 0.2 + 0.6 * smooth(6, channels=3)
    moved = change(colour, np.random.default_rng(0))
    assert not np.allclose(moved, colour, atol=0.05)
    red = np.tile(np.array([1, 0, 0], np.float32), (30, 2, 2, 1))
    hues = ImageAugmentation(hue=60)(red, np.random.default_rng(0))
    assert hues[:, 0, 0, 0] == pytest.approx(np.ones(30))  # within 60 degrees red stays the largest
    assert (np.minimum(hues[:, 0, 0, 1], hues[:, 0, 0, 2]) < 1e-6).all()


def test_a_batch_takes_milliseconds() -> None:
    x = (smooth(64) * 255).astype(np.uint8)
    change, g = ImageAugmentation.of("suwartono"), np.random.default_rng(0)
    change(x, g)
    taken = []
    for _ in range(10):
        begun = time.perf_counter()
        change(x, g)
        taken.append(time.perf_counter() - begun)
    assert min(taken) < 0.02


@pytest.mark.parametrize(
    "fields", [{"rotation": 181}, {"shift": -0.1}, {"zoom": 1.0}, {"crop": 1.0}, {"hue": float("nan")}], ids=str
)
def test_values_outside_their_range_are_refused(fields: dict[str, float]) -> None:
    with pytest.raises(SettingError):
        ImageAugmentation(**fields)  # type: ignore[arg-type]


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SettingError, match="none, suwartono, tutuianu, munsarif"):
        ImageAugmentation.of("autoaugment")
