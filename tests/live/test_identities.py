"""Who is who from frame to frame."""

from __future__ import annotations

import numpy as np
from stream_samples import REST, elsewhere

from fer_core.live.identities import Identities


def test_faces_keep_their_numbers_however_they_are_listed() -> None:
    identities = Identities()
    left, right = elsewhere(REST, (-0.4, 0)), elsewhere(REST, (0.4, 0))
    assert identities.of([left, right], 0.0) == [1, 2]
    assert identities.of([right, left], 0.1) == [2, 1]
    assert identities.of([elsewhere(right, (-0.05, 0.02))], 0.2) == [2]
    assert identities.of([left, right], 0.3) == [1, 2]


def test_the_nearest_wins_in_all_and_not_one_by_one() -> None:
    """Two faces move the same way by more than half their gap: one by one, both would claim one number."""
    identities = Identities()
    one, two = elsewhere(REST * 1.0, (0.0, 0)), elsewhere(REST, (0.15, 0))
    assert identities.of([one, two], 0.0) == [1, 2]
    assert identities.of([elsewhere(one, (0.1, 0)), elsewhere(two, (0.1, 0))], 0.1) == [1, 2]


def test_a_face_far_off_is_new_and_a_lost_one_is_remembered_for_a_while() -> None:
    identities = Identities()
    assert identities.of([REST], 0.0) == [1]
    assert identities.of([elsewhere(REST, (2.0, 0))], 0.1) == [2]
    assert identities.of([REST], 1.0) == [1]
    assert identities.of([REST], 9.0) == [3], "away for longer than it is remembered"
    assert identities.alive(9.0) == {3}


def test_no_face_and_a_point_for_a_face() -> None:
    identities = Identities()
    assert identities.of([], 0.0) == []
    assert identities.of([np.zeros((468, 2), dtype=np.float32)], 0.1) == [1]
