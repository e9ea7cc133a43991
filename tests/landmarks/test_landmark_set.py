"""The landmark set keeps its arrays together."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from samples import made_set, made_track

from fer_core.base.errors import LandmarkError


def test_taking_clips_takes_every_array_along() -> None:
    landmarks = made_set(3)
    chosen = landmarks.take([5, 0])
    for f in fields(landmarks):
        whole = getattr(landmarks, f.name)
        if isinstance(whole, np.ndarray):
            np.testing.assert_array_equal(getattr(chosen, f.name), whole[[5, 0]])
    assert len(landmarks.take(landmarks.emotion == "anger")) == 3


def test_labelled_keeps_the_named_emotions_alone() -> None:
    landmarks = made_set(3)
    assert set(landmarks.labelled(("anger", "surprise")).emotion) == {"anger", "surprise"}
    assert landmarks.emotions == ("anger", "happiness", "surprise")


@pytest.mark.parametrize("shape", [(9, 10, 467, 2), (8, 10, 468, 2), (9, 468, 2), (9, 10, 468, 3)])
def test_points_of_a_wrong_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(LandmarkError, match="shape"):
        replace(made_set(3), points=np.zeros(shape, np.float32))


def test_the_share_of_found_frames() -> None:
    assert made_track(10, missed=(0, 4)).share_found == pytest.approx(0.8)
