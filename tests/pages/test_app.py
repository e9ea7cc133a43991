"""app.py: light, safe in its import order, and every page opens."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from .conftest import REPOSITORY, Open, text

PAGES = sorted(path.stem for path in (REPOSITORY / "pages").glob("*.py"))


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, timeout=180, check=False
    )


def test_the_webcams_crypto_library_is_imported_first() -> None:
    for file in ("app.py", "ui/__init__.py"):
        tree = ast.parse((REPOSITORY / file).read_text(encoding="utf-8"))
        first = next(node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom))
        assert isinstance(first, ast.Import) and first.names[0].name == "pylibsrtp", file


@pytest.mark.slow
def test_with_our_first_import_mediapipe_and_the_webcam_live_together() -> None:
    mediapipe = "from fer_core.landmarks._mediapipe import import_mediapipe as get; get()"
    done = python(f"import ui; {mediapipe}; import streamlit_webrtc; print('alive')")
    # Without `import ui`, and without the same guard in the core, this is a segmentation fault (-11).
    assert done.stdout.strip().endswith("alive"), (done.returncode, done.stderr[-500:])


@pytest.mark.slow
def test_starting_imports_nothing_heavy() -> None:
    heavy = ("tensorflow", "mediapipe", "pingouin", "skopt", "keras", "cv2", "plotly")
    done = python(
        "import sys; from streamlit.testing.v1 import AppTest\n"
        "before = set(sys.modules)\n"
        "app = AppTest.from_file('app.py', default_timeout=60).run(); assert not app.exception\n"
        f"print([m for m in {heavy} if m in set(sys.modules) - before])"
    )
    assert done.stdout.strip().endswith("[]"), done.stdout + done.stderr[-500:]


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_with_and_without_a_corpus(open_page: Open, page: str) -> None:
    for query in ({}, {"corpus": "demo"}):
        app = open_page(page, **query)
        assert app.title, "a page begins with its title"
        assert "Traceback" not in text(app)


@pytest.mark.parametrize("corpus", ["no_such_corpus", "../../etc", "a\0b", "a" * 5000])
def test_a_link_to_a_corpus_that_cannot_be_opened_gives_one_sentence(open_page: Open, corpus: str) -> None:
    for page in ("dataset", "landmarks"):
        app = open_page(page, corpus=corpus)
        assert len(app.error) == 1
        assert any(b.label in ("Use the demo corpus", "Use this corpus") for b in app.button)


def test_the_sidebars_foot_names_the_corpus(open_page: Open) -> None:
    assert any("no corpus yet" in m.value for m in open_page().sidebar.markdown)
    assert any("demo (synthetic)" in m.value for m in open_page("notice", corpus="demo").sidebar.markdown)
