"""The mesh asset against MediaPipe's own tables and the canonical model."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from fer_core.landmarks import mesh


def canonical_vertices(shared_data: Path) -> np.ndarray:
    text = (shared_data / "mediapipe" / "canonical_face_model.obj").read_text()
    return np.array([[float(v) for v in line.split()[1:4]] for line in text.splitlines() if line.startswith("v ")])


def test_the_mirror_permutation_is_the_published_one(shared_data: Path) -> None:
    with (shared_data / "mediapipe468_mirror_permutation.csv").open() as file:
        rows = [r for r in csv.reader(file) if r and r[0].isdigit()]
    published = {int(a): int(b) for a, b, *_ in rows}
    assert [published[i] for i in range(468)] == mesh.mirror_permutation().tolist()


def test_mirroring_twice_changes_nothing_and_28_points_stay() -> None:
    mirror = mesh.mirror_permutation()
    assert sorted(mirror.tolist()) == list(range(468))
    np.testing.assert_array_equal(mirror[mirror], np.arange(468))
    assert (mirror == np.arange(468)).sum() == 28


def test_the_mirror_follows_the_canonical_models_positions(shared_data: Path) -> None:
    vertices = canonical_vertices(shared_data)
    flipped = vertices * np.array([-1, 1, 1])
    nearest = np.linalg.norm(flipped[:, None] - vertices[None], axis=2).argmin(axis=1)
    np.testing.assert_array_equal(nearest, mesh.mirror_permutation())


def test_the_mirror_swaps_the_sides_and_keeps_the_middle() -> None:
    regions, mirror = mesh.regions(), mesh.mirror_permutation()
    for left, right in [("left_eye", "right_eye"), ("left_brow", "right_brow")]:
        assert set(mirror[regions[left]]) == set(regions[right])
    for middle in ("lips", "oval"):
        assert set(mirror[regions[middle]]) == set(regions[middle])


def test_the_template_is_the_canonical_face_seen_from_the_front(shared_data: Path) -> None:
    front = canonical_vertices(shared_data)[:, :2] * np.array([1, -1])
    corners = front[mesh.EYE_CORNERS]
    expected = (front - corners.mean(axis=0)) / np.linalg.norm(corners[1] - corners[0])
    np.testing.assert_allclose(mesh.template(), expected, atol=6e-5)  # stored to 4 decimals
    assert mesh.template()[152, 1] > 0.5  # the chin is below the eyes: y runs down


def test_edges_are_mediapipes(shared_data: Path) -> None:
    from fer_core.landmarks._mediapipe import import_mediapipe

    import_mediapipe()
    from mediapipe.python.solutions import face_mesh_connections as theirs

    def undirected(edges: object) -> set[tuple[int, int]]:
        return {tuple(sorted((int(a), int(b)))) for a, b in edges}  # type: ignore[attr-defined, misc]

    assert undirected(mesh.tessellation()) == undirected(theirs.FACEMESH_TESSELATION)
    assert len(mesh.tessellation()) == len(undirected(mesh.tessellation()))
    assert undirected(mesh.contours()["lips"]) == undirected(theirs.FACEMESH_LIPS)
    assert undirected(mesh.contours()["left_eye"]) == undirected(theirs.FACEMESH_LEFT_EYE)
    assert undirected(mesh.contours()["oval"]) == undirected(theirs.FACEMESH_FACE_OVAL)


def test_the_anchors_come_in_mirrored_pairs() -> None:
    assert {int(i) for i in mesh.mirror_permutation()[mesh.STABLE]} == set(mesh.STABLE.tolist())
