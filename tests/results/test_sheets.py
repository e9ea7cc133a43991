"""Sheets of outputs: any choice of losses gives the metrics that judging its outputs directly gives."""

from __future__ import annotations

import io

import numpy as np
import pytest
from sensitivity_samples import EMOTIONS, GRID, sheet

from fer_core.models.forward import sigmoid
from fer_core.models.posterior import posterior_log_odds, prior_offset
from fer_core.results.metrics import evaluate
from fer_core.studies.sensitivity.loss_outputs import MEASURES, READINGS, Bootstrap, arrays, from_arrays, measures, read

EVENNESS = 0.5


def directly(made, numbers, reading) -> dict:  # type: ignore[no-untyped-def]
    """The metrics of a choice (E, parts), clip by clip through `evaluate`."""
    z = np.zeros((len(made.clip), len(EMOTIONS)), dtype=np.float32)
    for i, part in enumerate(made.part):
        for k in range(len(EMOTIONS)):
            ratio = float(made.ratio[part, k])
            z[i, k] = made.log_odds[numbers[k][part], i, k]
            if reading == "probabilities":
                choice = GRID.choices(ratio)[numbers[k][part]]
                z[i, k] = posterior_log_odds(z[i, k : k + 1], choice)[0] + prior_offset(ratio, EVENNESS)
    return evaluate(made.emotion, sigmoid(z), made.subject, EMOTIONS, seed=3)


@pytest.mark.parametrize("reading", READINGS)
def test_a_choice_of_losses_has_the_metrics_of_its_outputs(reading: str) -> None:
    made = sheet()
    verdicts = read(made, GRID.choices, reading, EVENNESS)
    bootstrap = Bootstrap(len(np.unique(made.subject)), 3)
    generator = np.random.default_rng(1)
    for _ in range(4):
        numbers = generator.integers(GRID.losses, size=(len(EMOTIONS), made.parts))
        expected = directly(made, numbers, reading)
        for k, emotion in enumerate(EMOTIONS):
            counts = verdicts.counts(k, numbers[k][None])
            cell = expected["per_emotion"][emotion]
            assert counts.sum(axis=(0, 1)).tolist() == [cell[c] for c in ("tp", "fp", "fn", "tn")]
            found, ends = measures(counts.sum(axis=1)), bootstrap.intervals(counts)
            for name in MEASURES:
                assert found[name][0] == pytest.approx(cell[name], abs=1e-6)
                assert ends[name][0] == pytest.approx(cell["intervals"][name], abs=1e-5)


def test_many_choices_at_once_are_the_same_as_one_by_one() -> None:
    made = sheet()
    verdicts = read(made, GRID.choices, "outputs", EVENNESS)
    numbers = np.random.default_rng(0).integers(GRID.losses, size=(7, made.parts))
    together = verdicts.counts(2, numbers)
    assert together.shape == (7, len(np.unique(made.subject)), 4)
    for k in range(7):
        assert (verdicts.counts(2, numbers[k][None])[0] == together[k]).all()


def test_what_was_not_trained_is_no_number() -> None:
    made = sheet()
    made.log_odds[1, made.part == 2, 0] = np.nan
    for reading in READINGS:
        verdicts = read(made, GRID.choices, reading, EVENNESS)
        counts = verdicts.counts(0, np.array([[1, 1, 0], [1, 1, 1]]))
        assert np.isfinite(counts[0]).all()
        assert np.isnan(counts[1]).all()
        found = measures(counts.sum(axis=1))
        assert all(np.isfinite(found[m][0]) and np.isnan(found[m][1]) for m in MEASURES)
        assert np.isfinite(verdicts.counts(1, np.array([[1, 1, 1]]))).all(), "other emotions have theirs"


def test_nothing_called_so_counts_as_zero_and_its_interval_is_not_empty() -> None:
    made = sheet()
    made.log_odds[:, :, 0] = -5.0
    counts = read(made, GRID.choices, "outputs", EVENNESS).counts(0, np.zeros((1, 3), dtype=int))
    assert all(v[0] == 0 for v in measures(counts.sum(axis=1)).values())
    low, high = Bootstrap(len(np.unique(made.subject)), 0).intervals(counts)["recall"][0]
    assert low == 0 < high < 0.2


def test_a_sheet_survives_a_file() -> None:
    made, file = sheet(), io.BytesIO()
    np.savez_compressed(file, **arrays(made))
    file.seek(0)
    with np.load(file, allow_pickle=False) as stored:
        back = from_arrays(dict(stored))
    assert back.emotions == made.emotions
    assert all((a == b).all() for a, b in zip(arrays(back).values(), arrays(made).values(), strict=True))
