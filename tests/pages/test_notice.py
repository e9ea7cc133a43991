"""Notice: claims, law, privacy, cards."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .conftest import REPOSITORY, Open, text


def test_it_claims_no_feelings_and_names_the_law(open_page: Open, own_home: Path) -> None:
    said = text(open_page("notice"))
    assert "expression is not a feeling" in said
    assert "Article 5(1)(f)" in said
    assert str(own_home) in said, "it says where things are stored"


def test_cards_of_shipped_bundles_are_shown(open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_bundle").mkdir()
    (tmp_path / "my_bundle" / "card.md").write_text("Trained on nothing at all.", encoding="utf-8")
    monkeypatch.setattr("fer_core.base.paths.bundles_dir", lambda: tmp_path)
    app = open_page("notice")
    assert "Trained on nothing at all." in text(app)


@pytest.mark.parametrize("path", sorted((REPOSITORY / "pages").glob("*.py")), ids=lambda p: p.name)
def test_no_page_claims_that_a_face_feels(path: Path) -> None:
    said = path.read_text(encoding="utf-8")
    claims = r"(detects?|reads?|recogni[sz]es?|knows?) (your |the |a |somebody's )?(emotions?|feelings?|moods?)\b"
    assert not re.search(claims, said, re.IGNORECASE)
    assert not re.search(r"\b(you|they|he|she) (are|is) (happy|sad|angry|afraid)", said, re.IGNORECASE)
