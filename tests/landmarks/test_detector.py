"""FaceMesh and the Tasks adapter on real photos, videos and 48-pixel images."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fer_core.base.errors import LandmarkError
from fer_core.datasets.media import iter_video, read_image
from fer_core.landmarks.detector import TASK_FILE_VARIABLE, open_landmarker
from fer_core.landmarks.landmarker import Landmarker, largest_first
from fer_core.landmarks.mediapipe_mesh import FaceMeshLandmarker, _array, open_face_mesh
from fer_core.landmarks.mediapipe_tasks import TasksLandmarker

Photo = Callable[[str], np.ndarray]


@pytest.fixture(scope="module")
def photo(shared_data: Path) -> Photo:
    return lambda name: read_image(shared_data / "fixtures" / name)


def eyes(face: np.ndarray) -> float:
    """Distance of the outer eye corners."""
    return float(np.linalg.norm(face[33] - face[263]))


def apart(a: np.ndarray, b: np.ndarray) -> float:
    """Mean distance of two faces' landmarks, in eye distances."""
    return float(np.linalg.norm(a - b, axis=1).mean() / eyes(b))


def area(face: np.ndarray) -> float:
    return float(np.prod(np.ptp(face, axis=0)))


@pytest.mark.parametrize("name", ["single_face.jpg", "astronaut.png"])
def test_one_face_is_found_where_it_is(name: str, photo: Photo, still: Landmarker) -> None:
    image = photo(name)
    (face,) = still.detect(image)
    assert face.shape == (468, 2)
    assert face.dtype == np.float32
    assert (face.min(axis=0) > 0).all()
    assert (face.max(axis=0) < [image.shape[1] / image.shape[0], 1]).all()
    right_eye, left_eye, nose, chin = face[33], face[263], face[1], face[152]
    assert right_eye[0] < nose[0] < left_eye[0]  # the person's right eye is on the image's left
    assert max(right_eye[1], left_eye[1]) < nose[1] < chin[1]


def test_several_faces_come_largest_first(photo: Photo, still: Landmarker) -> None:
    faces = still.detect(photo("multi_face.jpg"))
    assert len(faces) >= 2
    areas = [area(f) for f in faces]
    assert areas == sorted(areas, reverse=True)


def test_largest_first_goes_by_area() -> None:
    base = np.random.default_rng(0).random((468, 2)).astype(np.float32)
    ordered = largest_first([base * 0.5, base * 2, base])
    assert [round(area(f) / area(base), 2) for f in ordered] == [4, 1, 0.25]


def test_points_are_those_of_mediapipes_own_objects(photo: Photo) -> None:
    """They are read from the message's bytes; the plain way is to ask each landmark object."""
    image = photo("multi_face.jpg")
    plain, ours = open_face_mesh("still", 4, 0.5), FaceMeshLandmarker("still", 4, 0.5)
    faces = plain.process(image).multi_face_landmarks
    asked = [np.array([(p.x, p.y) for p in face.landmark], dtype=np.float32) for face in faces]
    assert len(asked) >= 2
    for face, wanted in zip(faces, asked, strict=True):
        np.testing.assert_array_equal(_array(face.SerializeToString()), wanted)
    size = np.array([image.shape[1] / image.shape[0], 1], dtype=np.float32)
    wanted_too = largest_first([points * size for points in asked])
    for found, wanted in zip(ours.detect(image), wanted_too, strict=True):
        np.testing.assert_allclose(found, wanted, atol=1e-5)
    # Planted: landmarks that carry more, or less, are still read rightly.
    faces[0].landmark[7].visibility = 0.5
    np.testing.assert_array_equal(_array(faces[0].SerializeToString()), asked[0])
    faces[0].landmark[9].ClearField("z")  # as many bytes as before, at other places
    assert len(faces[0].SerializeToString()) == 468 * 17
    np.testing.assert_array_equal(_array(faces[0].SerializeToString()), asked[0])
    plain.close()
    ours.close()


def test_no_more_faces_than_asked_for(photo: Photo) -> None:
    landmarker = FaceMeshLandmarker("still", max_faces=1)
    assert len(landmarker.detect(photo("multi_face.jpg"))) == 1
    landmarker.close()


def test_no_face_is_an_empty_list(photo: Photo, still: Landmarker) -> None:
    assert still.detect(photo("no-faces.jpg")) == []
    assert still.detect(np.zeros((200, 300, 3), np.uint8)) == []
    assert still.detect(np.zeros((3, 5, 3), np.uint8)) == []


def test_landmarks_are_in_image_heights_whatever_the_shape(photo: Photo, still: Landmarker) -> None:
    """The same face on a wider canvas has the same landmarks; relative to the width it has not."""
    image = photo("single_face.jpg")
    wide = np.pad(image, ((0, 0), (0, image.shape[1] // 2), (0, 0)), mode="edge")
    assert apart(still.detect(wide)[0], still.detect(image)[0]) < 0.08


def test_48_pixel_faces_are_found(shared_data: Path, still: Landmarker) -> None:
    with np.load(shared_data / "ckplus48.npz") as stored:
        images = stored["images"][::60]
    missed = [i for i, image in enumerate(images) if not still.detect(np.stack([image] * 3, axis=-1))]
    assert len(images) >= 15
    assert missed == []


def test_a_small_image_gives_the_landmarks_of_the_large_one(photo: Photo, still: Landmarker) -> None:
    import cv2

    image = photo("single_face.jpg")
    large = still.detect(image)[0]
    box = np.r_[large.min(axis=0), large.max(axis=0)] * image.shape[0]
    x0, y0, x1, y1 = (int(v) for v in box)
    side = max(x1 - x0, y1 - y0)
    crop = np.ascontiguousarray(image[y0 : y0 + side, x0 : x0 + side])
    small = cv2.resize(crop, (48, 48), interpolation=cv2.INTER_AREA)
    (found,) = still.detect(small)
    expected = (large * image.shape[0] - [x0, y0]) / side
    assert apart(found, expected) < 0.15


def test_reset_forgets_the_previous_clip(photo: Photo, shared_data: Path) -> None:
    """After a reset, landmarks are those of a landmarker that has seen nothing else."""
    clip = [rgb for number, _, rgb in iter_video(shared_data / "fixtures" / "single_face.mp4") if number < 4]
    used = FaceMeshLandmarker("clip", 4)
    for before in (photo("astronaut.png"), photo("multi_face.jpg"), photo("single_face.jpg")):
        fresh = FaceMeshLandmarker("clip", 4)
        used.detect(before)
        used.reset()
        for image in clip:
            a, b = used.detect(image), fresh.detect(image)
            assert len(a) == len(b)
            np.testing.assert_allclose(a[0], b[0], atol=1e-4)
        fresh.close()
        used.reset()
    used.close()


def test_without_a_reset_the_previous_frame_has_a_say(photo: Photo) -> None:
    """What reset is for: in clip mode a face is sought first where the last one was."""
    clip, alone = FaceMeshLandmarker("clip", 1), FaceMeshLandmarker("still", 1)
    image = photo("single_face.jpg")
    moved = np.roll(image, image.shape[1] // 40, axis=1)
    clip.detect(image)
    assert apart(clip.detect(moved)[0], alone.detect(moved)[0]) > 1e-4
    clip.close()
    alone.close()


@pytest.fixture(scope="module")
def task_file(shared_data: Path) -> Path:
    return shared_data / "mediapipe" / "face_landmarker.task"


@pytest.mark.parametrize("name", ["single_face.jpg", "astronaut.png"])
def test_the_tasks_model_agrees_with_facemesh(name: str, photo: Photo, still: Landmarker, task_file: Path) -> None:
    landmarker = TasksLandmarker(task_file, "still")
    (face,) = landmarker.detect(photo(name))
    landmarker.close()
    assert face.shape == (468, 2)
    assert apart(face, still.detect(photo(name))[0]) < 0.12


def test_the_tasks_model_follows_a_clip_and_starts_afresh(photo: Photo, task_file: Path) -> None:
    landmarker = TasksLandmarker(task_file, "clip", max_faces=2)
    first = landmarker.detect(photo("single_face.jpg"))[0]
    landmarker.detect(photo("single_face.jpg"))
    landmarker.reset()
    assert landmarker.detect(photo("no-faces.jpg")) == []
    np.testing.assert_allclose(landmarker.detect(photo("single_face.jpg"))[0], first, atol=0.01)
    landmarker.close()


def test_the_environment_can_name_the_task_file(task_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TASK_FILE_VARIABLE, str(task_file))
    named = open_landmarker("still")
    anyway = open_landmarker("still", from_environment=False)
    assert (named.name, anyway.name) == ("mediapipe-tasks", "mediapipe-facemesh")
    named.close()
    anyway.close()


@pytest.mark.parametrize("content", [b"", b"not a model", b"PK\x03\x04 but no more"])
def test_a_bad_task_file_gives_one_sentence(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "bad.task"
    file.write_bytes(content)
    with pytest.raises(LandmarkError, match=r"bad\.task.*face_landmarker\.task") as caught:
        open_landmarker("still", task_file=file)
    assert "\n" not in str(caught.value)


def test_an_absent_task_file_gives_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(LandmarkError, match="does not exist"):
        open_landmarker("still", task_file=tmp_path / "no.task")
