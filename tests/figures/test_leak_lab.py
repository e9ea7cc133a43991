"""The Leak Lab's figure holds the result's own numbers; leaky and sound differ in more than colour."""

from __future__ import annotations

import pytest
from lab_samples import made_result

from fer_core.figures.leak_lab import protocols_figure
from fer_core.studies.leak_lab.protocols import HONEST, PROTOCOLS

RESULT = made_result()


def test_every_protocol_is_a_dot_with_its_interval() -> None:
    figure = protocols_figure(RESULT)
    drawn = {}
    for trace in figure.data:
        for k, title in enumerate(trace.y):
            ends = trace.x[k] - trace.error_x.arrayminus[k], trace.x[k] + trace.error_x.array[k]
            drawn[title] = (trace.x[k], *ends)
    assert drawn.keys() == {p.title for p in PROTOCOLS.values()}
    for p in RESULT["protocols"]:
        assert drawn[p["title"]] == pytest.approx((p["accuracy"], *p["interval"]))
    low, high = figure.layout.xaxis.range
    assert low < min(p["interval"][0] for p in RESULT["protocols"])
    assert high >= 1


def test_sound_and_leaky_differ_in_shape() -> None:
    leaky, sound = protocols_figure(RESULT).data
    assert list(sound.y) == [PROTOCOLS[HONEST].title]
    assert leaky.marker.symbol != sound.marker.symbol
    assert {leaky.name, sound.name} == {"leaky", "sound"}


def test_the_inflation_stands_beside_its_dot() -> None:
    said = {a.y: a.text for a in protocols_figure(RESULT).layout.annotations}
    assert "+15.0 points" in said["Random frames"]
    assert "+12.0 to +17.0" in said["Random frames"]
    assert "points" not in said[PROTOCOLS[HONEST].title]
