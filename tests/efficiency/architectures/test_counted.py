"""Counts against the audited table of the study's network, against Keras, and against the paper's module."""

from __future__ import annotations

import pytest

from fer_core.base.errors import SettingError
from fer_core.models.weights import GATES, NetworkShape
from fer_core.paper import efficiency_findings
from fer_core.studies.efficiency.counted import Sizes, claimed, counted, multiplications, one_against_all


@pytest.mark.parametrize(
    ("size", "gru", "lstm"),
    [
        ((32, 64, 64), 488_000, 549_440),
        ((16, 32, 32), 196_896, 212_256),
        ((64, 128, 128), 1_352_832, 1_598_592),
        ((16, 128, 32), 706_848, 891_168),
    ],
)
def test_multiplications_are_those_counted_by_hand(size: tuple[int, int, int], gru: int, lstm: int) -> None:
    # frames (936 F + g Q (F + Q)) + Q R + R, written out for these sizes when the paper was audited.
    sizes = Sizes(*size)
    assert sum(multiplications(sizes, "gru").values()) == gru
    assert sum(multiplications(sizes, "lstm").values()) == lstm
    for a in GATES:
        theirs = efficiency_findings.multiplications(a, *size)
        assert sum(multiplications(sizes, a).values()) == theirs  # type: ignore[arg-type]


def test_the_quarter_belongs_to_the_recurrent_layer_alone() -> None:
    rows = {r["what"]: r for r in counted(Sizes())}
    assert claimed() == pytest.approx(0.75)
    paper, layer, whole, parameters = rows.values()
    assert (paper["gru"], paper["lstm"]) == (192_000, 256_000), "as the study prints it"
    assert (layer["gru"], layer["lstm"]) == (18_432, 24_576)
    assert paper["ratio"] == layer["ratio"] == 0.75
    assert whole["ratio"] == pytest.approx(0.888, abs=5e-4)
    assert (parameters["gru"], parameters["lstm"]) == (53_153, 59_169)
    assert parameters["ratio"] == pytest.approx(0.898, abs=5e-4)


def test_parameters_are_keras_own_count() -> None:
    from fer_core.models.recurrent import build_classifier

    sizes = Sizes(5, 7, 6, inputs=11, frames=3)
    row = next(r for r in counted(sizes) if r["what"] == "Parameters")
    for a in ("gru", "lstm"):
        shape = NetworkShape(a, 5, 7, 6, 11)  # type: ignore[arg-type]
        assert row[a] == build_classifier(shape, 3).count_params()


def test_one_network_for_all_emotions_is_nearly_as_many_times_cheaper() -> None:
    gru, lstm = one_against_all(Sizes())
    assert gru["one_vs_all"] == 6 * 488_000
    assert gru["shared"] == 488_000 + 5 * 64, "five more outputs of R products each"
    assert gru["ratio"] == pytest.approx(5.996, abs=1e-3)
    assert 5.99 < lstm["ratio"] < 6
    assert one_against_all(Sizes(classifiers=1))[0]["ratio"] == 1


def test_sizes_below_one_are_refused() -> None:
    with pytest.raises(SettingError):
        Sizes(F=0).shape("gru")
