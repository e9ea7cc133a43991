"""A turned head: the geometry by hand, the polynomial against it, and a real head that turns."""

from __future__ import annotations

import numpy as np
import pytest

from fer_core.landmarks import mesh
from fer_core.landmarks.alignment import align
from fer_core.landmarks.pose import TERMS, field, terms, turned


def rms(field_of: np.ndarray) -> float:
    return float(np.sqrt((field_of**2).sum(axis=-1).mean()))


def test_depth_is_the_canonical_faces() -> None:
    depth, permutation = mesh.depth(), mesh.mirror_permutation()
    assert depth.shape == (468,)
    np.testing.assert_allclose(depth[permutation], depth, atol=1e-3)
    np.testing.assert_allclose(depth[[33, 263]], 0, atol=1e-4)
    assert depth.argmax() in (1, 4), "the nose's tip comes first"


def test_no_turn_is_the_template() -> None:
    np.testing.assert_allclose(turned(np.zeros(1), np.zeros(1))[0], mesh.template(), atol=1e-6)


def test_turning_by_hand() -> None:
    """The nose's tip goes to the side by sin(yaw) times its depth, as every rotation matrix has it."""
    yaw, pitch = np.radians(20.0), np.radians(-12.0)
    points = np.concatenate([mesh.template(), mesh.depth()[:, None]], axis=1).astype(np.float64)
    about_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    expected = (points @ about_y.T @ about_x.T)[:, :2]
    np.testing.assert_allclose(turned(np.array([yaw]), np.array([pitch]))[0], expected, atol=1e-5)


@pytest.mark.parametrize(("yaw", "pitch"), [(10, 0), (0, 10), (10, -8), (-15, 12)])
def test_the_terms_describe_the_displacement(yaw: float, pitch: float) -> None:
    y, p = np.radians([yaw]), np.radians([pitch])
    true = align(turned(y, p), mesh.template(), mesh.STABLE) - mesh.template()
    described = np.tensordot(terms(y, p), field("stable"), 1)
    assert rms(true) > 0.03, "as large as an expression"
    assert rms(described - true) < 0.1 * rms(true)


def test_turning_to_the_other_side_is_the_mirror_image() -> None:
    at = np.radians([9.0]), np.radians([4.0])
    one = np.tensordot(terms(*at), field("stable"), 1)[0]
    other = np.tensordot(terms(-at[0], at[1]), field("stable"), 1)[0]
    mirrored = (one * [-1, 1])[mesh.mirror_permutation()]
    np.testing.assert_allclose(other, mirrored, atol=2e-3)
    assert field("all").shape == (TERMS, 468, 2)
