"""Drawing on a picture: where the lines and the label are, and that the original is left alone."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from samples import similar

from fer_core.figures.theme import EMOTION_COLOURS
from fer_core.landmarks import mesh
from fer_core.live.drawing.bars import SMALLEST
from fer_core.live.drawing.ink import colour_of
from fer_core.live.drawing.mesh import trails
from fer_core.live.drawing.overlay import Look, draw, draw_state
from fer_core.live.state import FaceReading, LiveState

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


# --- a stream's reading -------------------------------------------------------------------------------------

VALUES = {"anger": 0.05, "happiness": 0.9, "surprise": 0.03, "neutral": 0.02}
RIGHT = LEFT + np.array([0.6, 0.0], dtype=np.float32)
NOTHING = Look(mesh=False, bars=False, label=False)


def read(*faces: tuple[np.ndarray, str | None], values: dict[str, float] | None = None) -> LiveState:
    known = values or VALUES
    people = tuple(
        FaceReading(i, "emotion" if e else "unsure", e, known, points, 0.1, "calibrated", f"{e} 0.90")
        for i, (points, e) in enumerate(faces, 1)
    )
    if not people:
        return LiveState("no face", text="no face")
    first = people[0]
    return LiveState(first.kind, first.emotion, known, first.points, 0.1, "calibrated", first.text, len(people), people)


def is_colour(picture: np.ndarray, emotion: str, tolerance: int = 30) -> np.ndarray:
    return np.abs(picture.astype(int) - colour_of(emotion)).sum(axis=-1) < tolerance


def test_each_line_of_the_mesh_is_drawn_once() -> None:
    for edges in (mesh.tessellation(), *mesh.contours().values()):
        lines = trails(edges)
        drawn = [tuple(sorted(pair)) for line in lines for pair in pairwise(line)]
        assert sorted(drawn) == sorted({tuple(sorted(e)) for e in edges.tolist()})
    assert len(trails(mesh.tessellation())) < 200


@pytest.mark.parametrize(
    "look", [NOTHING, Look(mesh=True, bars=False, label=False), Look(), Look(regions=True, recording=True)]
)
def test_a_reading_leaves_the_picture_it_is_drawn_on_alone(look: Look) -> None:
    before = BLANK.copy()
    draw_state(BLANK, read((LEFT, "happiness")), look)
    assert np.array_equal(BLANK, before)


def test_nothing_wanted_nothing_drawn() -> None:
    assert not changed(draw_state(BLANK, read((LEFT, "happiness")), NOTHING)).any()
    assert not changed(draw_state(BLANK, read(), NOTHING)).any()


def bar_lengths(picture: np.ndarray, names: dict[str, float]) -> dict[str, int]:
    """Pixels of each emotion's colour in the panel."""
    return {name: int(is_colour(picture, name, 12).sum()) for name in names}


def test_bars_are_as_long_as_the_probabilities_and_in_the_emotions_colours() -> None:
    large = np.full((480, 640, 3), 30, dtype=np.uint8)
    values = {"anger": 0.1, "fear": 0.2, "surprise": 0.4, "neutral": 0.3}
    look = Look(mesh=False, label=False)
    lengths = bar_lengths(draw_state(large, read((LEFT, None), values=values), look), values)
    total = sum(lengths.values())
    for name, value in values.items():
        assert lengths[name] / total == pytest.approx(value, abs=0.03), name


def test_bars_stay_in_the_corner_and_small_pictures_have_none() -> None:
    state, look = read((LEFT, "happiness")), Look(mesh=False, label=False)
    for shape in ((480, 640), (960, 1280), (640, 360), (240, 320)):
        picture = np.full((*shape, 3), 120, dtype=np.uint8)
        rows, columns = np.nonzero((draw_state(picture, state, look) != picture).any(axis=-1))
        assert rows.min() > 0.35 * shape[0] and columns.max() < 0.55 * shape[1], shape
        assert rows.max() == shape[0] - 1 and columns.min() == 0, shape
    small = np.full((SMALLEST - 1, 640, 3), 120, dtype=np.uint8)
    assert np.array_equal(draw_state(small, state, look), small)


def test_the_threshold_is_a_tick_and_rest_has_none() -> None:
    large = np.full((480, 640, 3), 30, dtype=np.uint8)
    look = Look(mesh=False, label=False)
    values = dict.fromkeys(("anger", "fear"), 0.0) | {"neutral": 0.0}
    state = read((LEFT, None), values=values)
    plain = draw_state(large, state, look)
    ticked = draw_state(large, state, Look(mesh=False, label=False, threshold=0.5))
    rows = np.flatnonzero((plain != ticked).any(axis=(1, 2)))
    gaps = np.count_nonzero(np.diff(rows) > 1)
    assert gaps == 1, "two ticks, for two emotions"


def test_several_faces_are_labelled_where_they_are() -> None:
    wide = np.full((480, 640, 3), 120, dtype=np.uint8)
    only = Look(mesh=False, bars=False)
    one = (draw_state(wide, read((LEFT, "anger")), only) != wide).any(axis=-1)
    assert one[:60, :250].any() and not one[60:].any(), "one face: in the corner"
    down = np.array([0.0, 0.2], dtype=np.float32)
    low = [LEFT + down, RIGHT + down]
    two = draw_state(wide, read((low[0], "anger"), (low[1], "fear")), only)
    drawn = (two != wide).any(axis=-1)
    assert drawn[:, :320].any() and drawn[:, 320:].any()
    assert is_colour(two, "anger", 12)[:, :320].any() and is_colour(two, "fear", 12)[:, 320:].any()


def test_regions_are_shaded_by_their_weight() -> None:
    large = np.full((960, 1280, 3), 120, dtype=np.uint8)
    state, box = read((LEFT, "surprise")), LEFT * 960
    lips, nose = box[mesh.regions()["lips"]].mean(axis=0), box[mesh.regions()["nose"]].mean(axis=0)

    def shade(at: np.ndarray, weights: dict[str, float]) -> float:
        look = Look(mesh=False, bars=False, label=False, regions=True, weights=weights)
        x, y = at.round().astype(int)
        picture = draw_state(large, state, look)[y - 2 : y + 3, x - 2 : x + 3].astype(float)
        return float(np.abs(picture - 120).mean())

    assert shade(lips, {"lips": 3.0, "nose": 0.0}) > 10
    assert shade(nose, {"lips": 3.0, "nose": 0.0}) == 0
    assert shade(nose, {"lips": 0.0, "nose": -2.0}) > 10


def test_the_red_sign_is_there_while_it_records() -> None:
    picture = draw_state(BLANK, read(), Look(bars=False, label=False, recording=True))
    red = np.abs(picture.astype(int) - (232, 60, 48)).sum(axis=-1) < 12
    assert red[:40, 200:].any() and not red[:, :160].any()


@pytest.mark.parametrize("shape", [(2, 2), (8, 8), (1, 300), (300, 1), (17, 33), (130, 125)])
def test_no_picture_is_too_odd(shape: tuple[int, int]) -> None:
    picture = np.zeros((*shape, 3), dtype=np.uint8)
    far = (LEFT * 50 - 7).astype(np.float32)
    look = Look(regions=True, recording=True, threshold=0.5, mirrored=True)
    broken = np.full((468, 2), np.nan, dtype=np.float32)
    for points in (LEFT, far, broken):
        assert draw_state(picture, read((points, "fear"), (points, None)), look).shape == picture.shape
