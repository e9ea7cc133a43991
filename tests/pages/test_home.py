"""Home: where you are, and the next step."""

from __future__ import annotations

from .conftest import Open, button, text


def test_without_a_corpus_it_offers_one(open_page: Open) -> None:
    app = open_page()
    assert "choose a corpus" in text(app)
    button(app, "Use the demo corpus").click().run()
    assert "demo: 327 clips, 118 subjects" in text(app)
    assert app.query_params["corpus"] == ["demo"]


def test_the_five_stages_are_drawn_with_a_description(open_page: Open) -> None:
    drawings = [m.value for m in open_page().markdown if "data:image/svg+xml" in m.value]
    assert len(drawings) == 5
    assert all(d.startswith("![") and not d.startswith("![]") for d in drawings)


def test_a_corpus_that_is_gone_is_said_so(open_page: Open) -> None:
    assert "cannot be opened" in text(open_page(corpus="gone"))
