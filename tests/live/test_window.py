"""The window over the last seconds: by time, and no longer than it should be."""

from __future__ import annotations

import numpy as np

from fer_core.live.window import MOST_FRAMES, Seen, Window

POINTS = np.zeros((468, 2), dtype=np.float32)


def seen(time_s: float, *features: float) -> Seen:
    return Seen(time_s, POINTS, 1.0, np.array(features, dtype=np.float32))


def test_it_is_sampled_by_time_and_not_by_frame() -> None:
    """Against numpy's own interpolation, at time stamps that bunch together."""
    window, generator = Window(1.0), np.random.default_rng(0)
    times = np.sort(generator.uniform(0, 3, 60)) ** 1.5
    values = generator.normal(size=(60, 4))
    for t, v in zip(times, values, strict=True):
        window.add(seen(t, *v))
    moments = times[-1] + np.linspace(-1.0, 0, 10)
    expected = np.stack([np.interp(moments, times, values[:, k]) for k in range(4)], axis=1)
    np.testing.assert_allclose(window.sampled(10), expected, atol=1e-5)


def test_before_the_first_face_its_features_are_held() -> None:
    window = Window(1.0)
    window.add(seen(5.0, 2.0))
    assert np.array_equal(window.sampled(4), np.full((4, 1), 2.0, dtype=np.float32))
    window.add(seen(5.5, 4.0))
    np.testing.assert_allclose(window.sampled(5)[:, 0], [2, 2, 2, 3, 4], atol=1e-6)


def test_what_is_older_is_forgotten_and_a_fast_camera_does_not_fill_the_memory() -> None:
    window = Window(1.5)
    for i in range(100):
        window.add(seen(i / 10, 0.0))
    assert len(window) <= 17
    for i in range(2000):
        window.add(seen(10 + i / 2000, 0.0))
    assert len(window) == MOST_FRAMES
    window.clear()
    assert len(window) == 0


def test_features_can_be_replaced_for_another_resting_face() -> None:
    window = Window(1.0)
    for i in range(3):
        window.add(seen(float(i), float(i)))
    window.replace_features(np.array([[10.0], [11.0], [12.0]], dtype=np.float32)[-len(window) :])
    assert window.sampled(2)[-1, 0] == 12.0
