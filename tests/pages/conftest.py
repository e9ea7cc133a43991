"""The app without a browser: Streamlit's own test harness, from app.py on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from ui import camera

REPOSITORY = Path(__file__).resolve().parents[2]
Open = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """No test sees what another one's server kept in memory."""
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture(autouse=True)
def a_server_that_has_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let runs go through app.py. The harness makes each look like a server's very first, in which Streamlit
    runs a page's file alone; `ui.page` then begins again, and the click under test would be lost."""
    begin = PagesManager.__init__

    def begun(self: PagesManager, *args: Any, **kwargs: Any) -> None:
        begin(self, *args, **kwargs)
        PagesManager.uses_pages_directory = False

    monkeypatch.setattr(PagesManager, "__init__", begun)


@pytest.fixture(autouse=True)
def no_video(monkeypatch: pytest.MonkeyPatch) -> None:
    """streamlit-webrtc needs a real server (tests/browser has one) and fails in the harness."""
    monkeypatch.setattr(camera, "video", lambda shown, playing: playing)


@pytest.fixture
def open_page() -> Open:
    """Run the app, then a page, with the given query parameters: ``open_page("dataset", corpus="demo")``."""

    def run(page: str = "home", **query: str) -> AppTest:
        app = AppTest.from_file(str(REPOSITORY / "app.py"), default_timeout=90)
        for name, value in query.items():
            app.query_params[name] = value
        app.run()
        if page != "home":
            app.switch_page(f"pages/{page}.py").run()
        assert not app.exception, app.exception
        return app

    return run


def text(app: AppTest) -> str:
    """Everything in words on the page."""
    kinds = ("title", "header", "subheader", "markdown", "caption", "error", "info", "warning")
    return "\n".join(str(element.value) for kind in kinds for element in getattr(app, kind))


def button(app: AppTest, label: str) -> object:
    """The button of that label."""
    found = [b for b in app.button if b.label == label]
    assert len(found) == 1, f"{label!r} is there {len(found)} times among {[b.label for b in app.button]}"
    return found[0]
