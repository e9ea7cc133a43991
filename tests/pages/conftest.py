"""The app without a browser: Streamlit's own test harness, from app.py on."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import streamlit as st
from live_samples import StillFace
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest
from study_samples import ID, finished_study

from fer_core.landmarks import detector
from fer_core.store import shipped
from ui.live import camera

REPOSITORY = Path(__file__).resolve().parents[2]
Open = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """No test sees what another one's server kept in memory."""
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture(autouse=True)
def main_is_the_tests_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """The harness puts each page in place of ``__main__`` and leaves it there; processes that a later test
    spawns would begin by running that page."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


@pytest.fixture(autouse=True)
def a_server_that_has_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let runs go through app.py. The harness makes each look like a server's very first, in which Streamlit
    runs a page's file alone; `ui.common.page` then begins again, and the click under test would be lost."""
    begin = PagesManager.__init__

    def begun(self: PagesManager, *args: Any, **kwargs: Any) -> None:
        begin(self, *args, **kwargs)
        PagesManager.uses_pages_directory = False

    monkeypatch.setattr(PagesManager, "__init__", begun)


@pytest.fixture(autouse=True)
def packages_looked_through_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit looks for components among all installed packages at each start of an app, and the harness
    starts one in every test: nine tenths of what a page takes here. They do not change between tests."""
    monkeypatch.setattr(manifest_scanner, "scan_component_manifests", _components)


@cache
def _components() -> Any:
    return _scan()


_scan = manifest_scanner.scan_component_manifests


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


# --- pages about a finished study ---------------------------------------------------------------------


@pytest.fixture
def no_shipped_studies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No study comes along with this installation."""
    monkeypatch.setattr(shipped, "assets_dir", lambda: tmp_path)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the made-up finished study."""
    home = tmp_path_factory.mktemp("finished")
    finished_study(home)
    return home


@pytest.fixture
def study(own_home: Path, made: Path) -> str:
    """The made-up study in this test's home."""
    shutil.copytree(made, own_home, dirs_exist_ok=True)
    return ID


def read(app: AppTest) -> str:
    """The page's words as they are read, without Markdown's escapes."""
    return text(app).replace("\\", "")


def table(app: AppTest, column: str) -> pd.DataFrame:
    """The first table on the page that has such a column."""
    found = [d.value for d in app.dataframe if column in d.value.columns]
    assert found, [list(d.value.columns) for d in app.dataframe]
    return found[0]


@pytest.fixture
def finders(monkeypatch: pytest.MonkeyPatch) -> list[StillFace]:
    """Face finders that see still faces instead of MediaPipe; those that were opened."""
    opened: list[StillFace] = []

    def open_one(mode: str, faces: int, *_: object, **__: object) -> StillFace:
        opened.append(StillFace(faces))
        return opened[-1]

    monkeypatch.setattr(detector, "open_landmarker", open_one)
    return opened
