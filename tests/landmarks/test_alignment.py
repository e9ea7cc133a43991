"""Similarity alignment against the general closed form and against SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from samples import similar, waves
from scipy.spatial import procrustes

from fer_core.landmarks import mesh
from fer_core.landmarks.alignment import align


def umeyama(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, float, np.ndarray]:
    """Rotation, scale and shift by SVD (Umeyama, 1991, equations 40-43), for any dimension."""
    x_mean, y_mean = x.mean(0), y.mean(0)
    cov = (y - y_mean).T @ (x - x_mean) / len(x)
    u, d, vt = np.linalg.svd(cov)
    sign = np.ones(x.shape[1])
    if np.linalg.det(u) * np.linalg.det(vt) < 0:
        sign[-1] = -1
    rotation = u @ np.diag(sign) @ vt
    scale = float((d * sign).sum() / ((x - x_mean) ** 2).sum() * len(x))
    return rotation, scale, y_mean - scale * rotation @ x_mean


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("anchors", [mesh.STABLE, mesh.ALL], ids=["stable", "all"])
def test_it_equals_umeyama_by_svd(seed: int, anchors: np.ndarray) -> None:
    face = similar(mesh.template() + waves(seed, 0.1), 0.3 * seed, 0.4, (0.2, 0.7))
    reference = mesh.template() + waves(seed + 50, 0.05)
    rotation, scale, shift = umeyama(face[anchors], reference[anchors])
    expected = scale * face @ rotation.T + shift
    np.testing.assert_allclose(align(face, reference, anchors), expected, atol=2e-6)


def test_a_reflected_face_is_turned_not_reflected() -> None:
    """Where a reflection would fit best, the best proper rotation is taken, as Umeyama's sign rule says."""
    reference = mesh.template() + waves(3, 0.05)
    face = reference * np.array([-1.0, 1.0])
    rotation, scale, shift = umeyama(face, reference)
    assert np.linalg.det(rotation) == pytest.approx(1.0)
    got = align(face, reference, mesh.ALL)
    np.testing.assert_allclose(got, scale * face @ rotation.T + shift, atol=2e-6)
    assert np.abs(got - reference).max() > 0.1  # a reflection would have fitted exactly


def test_the_residual_is_scipys_procrustes_disparity() -> None:
    reference = mesh.template()
    face = similar(reference + waves(8, 0.1), 0.4, 2.0, (3, 1))
    _, _, disparity = procrustes(reference, face)
    centred = reference - reference.mean(0)
    residual = ((align(face, reference, mesh.ALL) - reference) ** 2).sum() / (centred**2).sum()
    assert residual == pytest.approx(disparity, rel=1e-4)


def test_place_size_and_tilt_of_the_head_make_no_difference() -> None:
    face = mesh.template() + waves(1, 0.05)
    moved = [similar(face, a, s, (a, s)) for a, s in [(0, 1), (0.5, 0.1), (-2, 7), (3.1, 0.9)]]
    aligned = align(np.stack(moved), mesh.template(), mesh.STABLE)
    np.testing.assert_allclose(aligned, np.broadcast_to(aligned[0], aligned.shape), atol=2e-5)


def test_only_the_anchors_decide() -> None:
    face = mesh.template().copy()
    face[0] += 5.0  # not an anchor
    aligned = align(face, mesh.template(), mesh.STABLE)
    others = np.arange(1, 468)
    np.testing.assert_allclose(aligned[others], mesh.template()[others], atol=1e-6)


def test_one_reference_for_each_face() -> None:
    faces = np.stack([mesh.template() + waves(s, 0.05) for s in range(3)])
    references = np.stack([mesh.template() + waves(s + 9, 0.05) for s in range(3)])
    together = align(faces[:, None], references[:, None], mesh.STABLE)[:, 0]
    apart = np.stack([align(f, r, mesh.STABLE) for f, r in zip(faces, references, strict=True)])
    np.testing.assert_allclose(together, apart, atol=1e-6)


def test_a_face_shrunk_to_a_point_gives_finite_numbers() -> None:
    assert np.isfinite(align(np.full((468, 2), 0.5), mesh.template(), mesh.STABLE)).all()
