"""Home: where you are, and the next step."""

from __future__ import annotations

from pathlib import Path

import pytest
from run_samples import finished_run
from streamlit.testing.v1 import AppTest

from ui.home import onboarding

from .conftest import Open, button, text

DONE, OPEN = ":material/check_circle:", ":material/radio_button_unchecked:"


def marks(app: AppTest) -> dict[str, str]:
    """What stands at each stage, by its mark."""
    return {
        c.value.partition(" ")[2]: c.value.partition(" ")[0] for c in app.caption if c.value.startswith((DONE, OPEN))
    }


def test_without_a_corpus_it_offers_one(open_page: Open) -> None:
    app = open_page()
    assert "choose a corpus" in text(app)
    button(app, "Use the demo corpus").click().run()
    assert "demo: 327 clips, 118 subjects" in text(app)
    assert app.query_params["corpus"] == ["demo"]


def test_nothing_is_ticked_before_anything_was_done(open_page: Open) -> None:
    told = marks(open_page())
    assert len(told) == 5 and set(told.values()) == {OPEN}, told
    shipped = sum(1 for _ in onboarding.bundles_dir().glob("*/bundle.json"))
    assert f"none trained yet; {shipped} come with FER Lab" in told


def test_each_step_is_ticked_once_it_is_done(open_page: Open, own_home: Path) -> None:
    told = marks(open_page(corpus="demo"))
    assert [k for k, mark in told.items() if mark == DONE] == ["demo: 327 clips, 118 subjects"]
    app = open_page("landmarks", corpus="demo")
    button(app, "Draw the landmarks").click().run()
    finished_run(own_home)
    app.switch_page("pages/home.py").run()
    told = marks(app)
    assert told["landmarks loaded"] == DONE and told["equations 1 and 2 of the study"] == DONE
    (trained,) = [k for k in told if k.startswith("1 recogniser trained")]
    assert told[trained] == DONE and told["results to read"] == DONE


@pytest.mark.parametrize(
    ("counts", "said", "page"),
    [
        ((0, 0, 0), "the studies that come with FER Lab", "compare"),
        ((2, 0, 0), "results to read", "results"),
        ((1, 2, 1), "2 experiments and 1 image experiment finished", "compare"),
        ((0, 0, 1), "1 image experiment finished", "benchmark"),
    ],
)
def test_evidence_leads_to_what_there_is(counts: tuple[int, int, int], said: str, page: str) -> None:
    finished, experiments, images = counts
    now = onboarding.Standing("demo", "demo", False, False, finished, 0, experiments, images, False, 3)
    last = onboarding.stages(now)[-1]
    assert (last.standing, last.page, last.ready) == (said, page, any(counts))


def test_the_five_stages_are_drawn_with_a_description(open_page: Open) -> None:
    drawings = [m.value for m in open_page().markdown if "data:image/svg+xml" in m.value]
    assert len(drawings) == 5
    assert all(d.startswith("![") and not d.startswith("![]") for d in drawings)


def test_a_corpus_that_is_gone_is_said_so(open_page: Open) -> None:
    assert "cannot be opened" in text(open_page(corpus="gone"))
