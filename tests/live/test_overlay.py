"""Drawing on a picture: where the lines and the label are, and that the original is left alone."""

from __future__ import annotations

import numpy as np
import pytest
from samples import similar

from fer_core.figures.theme import EMOTION_COLOURS
from fer_core.landmarks import mesh
from fer_core.live.overlay import colour_of, draw

BLANK = np.full((240, 320, 3), 120, dtype=np.uint8)
LEFT = similar(mesh.template(), 0, 0.12, (0.35, 0.5)).astype(np.float32)
"""A face in the left half of a 4:3 picture."""


def changed(picture: np.ndarray) -> np.ndarray:
    return (picture != BLANK).any(axis=-1)


def test_the_original_is_left_alone() -> None:
    before = BLANK.copy()
    drawn = draw(BLANK, LEFT, "happiness 0.91", "happiness")
    assert np.array_equal(BLANK, before)
    assert drawn.shape == BLANK.shape
    assert drawn.dtype == np.uint8


def test_the_mesh_is_where_the_landmarks_are() -> None:
    marks = changed(draw(BLANK, LEFT, emotion="fear"))
    rows, columns = np.nonzero(marks)
    box = LEFT * 240
    assert columns.min() == pytest.approx(box[:, 0].min(), abs=3)
    assert columns.max() == pytest.approx(box[:, 0].max(), abs=3)
    assert rows.min() == pytest.approx(box[:, 1].min(), abs=3)
    assert rows.max() == pytest.approx(box[:, 1].max(), abs=3)


def test_in_the_mirror_the_face_is_on_the_other_side_and_the_label_stays() -> None:
    plain = draw(BLANK, LEFT, "fear 0.80", "fear")
    mirrored = draw(BLANK, LEFT, "fear 0.80", "fear", mirrored=True)
    face = np.nonzero(changed(mirrored)[60:])[1]
    assert face.min() > 160
    label = slice(0, 30), slice(0, 100)
    assert np.array_equal(plain[label], mirrored[label])


def test_the_picture_itself_is_mirrored() -> None:
    picture = BLANK.copy()
    picture[:, :10] = 255
    assert (draw(picture, None, mirrored=True)[:, -10:] == 255).all()


@pytest.mark.parametrize("emotion", list(EMOTION_COLOURS))
def test_every_emotion_has_its_own_colour_on_the_face(emotion: str) -> None:
    red, green, blue = colour_of(emotion)
    assert f"#{red:02X}{green:02X}{blue:02X}" == EMOTION_COLOURS[emotion].upper()
    large = np.full((960, 1280, 3), 120, dtype=np.uint8)  # thin lines are all soft edges
    drawn = draw(large, LEFT, emotion=emotion)
    near = np.abs(drawn.astype(int) - (red, green, blue)).sum(axis=-1) < 12
    assert near.sum() > 200


def test_nothing_is_drawn_without_a_face_or_a_word() -> None:
    assert not changed(draw(BLANK, None)).any()
    assert not changed(draw(BLANK, LEFT, with_mesh=False)).any()
    assert changed(draw(BLANK, None, "no face")).any()


def test_points_outside_the_picture_and_foreign_letters_do_no_harm() -> None:
    far = LEFT + np.array([2.0, -3.0], dtype=np.float32)
    draw(BLANK, far, "überrascht \n 0.5", "surprise", mirrored=True)
    draw(np.zeros((2, 2, 3), dtype=np.uint8), LEFT, "x", None)
