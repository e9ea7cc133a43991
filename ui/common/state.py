"""What is in use: corpus, landmarks, run. Kept in the URL, so that a view can be shared.

A corpus is named by its source: ``"demo"``, or a folder or file inside the opened data folders, and which
part of it is meant (`fer_core.datasets.source`). It holds clips or images; `kind` says which. Landmarks are
of clips: `corpus` gives no other. `ui.pickers.image_corpora.opened` opens one of images.

A new tab whose address names no corpus begins with the last one that was taken into use on this machine.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import streamlit as st

from fer_core.base.errors import CorpusError, FerError
from fer_core.base.paths import home, inside_data
from fer_core.datasets.source import Source, parse
from fer_core.files.last_corpus import keep_last, last_corpus
from fer_core.files.opened import is_local

if TYPE_CHECKING:
    from fer_core.datasets.base import Corpus
    from fer_core.landmarks.extract import ExtractSettings
    from fer_core.landmarks.landmark_set import LandmarkSet

Kind = Literal["clips", "images"]

DEMO = "demo"
PICKER = "picker"
"""Name in Dataset's address that opens the picker: a link of the sidebar has it."""

_BEGUN = "_corpus_begun"
"""Session key of how it began: ``used``, ``forgotten``, ``last``, ``nothing``, or ``lost:`` and a name."""
_KEPT_SETS = 3
_INCOMPLETE_FOR = 60.0  # seconds before the cache is asked again whether every clip is in it by now


# --- corpus -----------------------------------------------------------------------------------------


def source() -> str | None:
    """Which corpus is in use: ``"demo"``, a folder, or None. Keeps the URL in step."""
    named = st.session_state.get("_corpus") or st.query_params.get("corpus") or _last()
    if not named:
        return None
    st.session_state["_corpus"] = named
    if st.query_params.get("corpus") != named:  # a page switch drops it from the URL
        st.query_params["corpus"] = named
    return str(named)


def use(name: str | Path) -> None:
    """Take a corpus into use. Call `st.rerun` afterwards, or use it as a button's callback."""
    _begun("used")
    st.session_state["_corpus"] = relative_name(name)
    st.query_params["corpus"] = st.session_state["_corpus"]
    if local():
        keep_last(home(), st.session_state["_corpus"])


def forget() -> None:
    """Use no corpus."""
    _begun("forgotten")
    st.session_state.pop("_corpus", None)
    st.query_params.pop("corpus", None)


def local() -> bool:
    """Whether this server is reached from this machine alone, so that whoever looks is its user."""
    return is_local(st.get_option("server.address"))


def as_last_time() -> bool:
    """Whether the corpus in use was neither chosen here nor named by the address."""
    return st.session_state.get(_BEGUN) == "last"


def lost() -> str | None:
    """The corpus that was in use last, where it can no longer be opened."""
    said = str(st.session_state.get(_BEGUN, ""))
    return said.removeprefix("lost:") if said.startswith("lost:") else None


def _last() -> str | None:
    """In a new tab, the corpus in use last, if it can be opened."""
    if _BEGUN in st.session_state or not local():
        return None
    named = last_corpus(home())
    if named is None:
        _begun("nothing")
        return None
    try:
        if not Path(path_of(named).partition("?")[0]).exists() and named != DEMO:
            raise CorpusError("it is gone", where=named)
    except FerError:
        _begun(f"lost:{named}")
        return None
    _begun("last")
    return named


def _begun(how: str) -> None:
    st.session_state[_BEGUN] = how


def relative_name(name: str | Path) -> str:
    """A folder named from its data folder where it lies in one, so that links hold no long paths."""
    from fer_core.base.paths import data_roots

    path = Path(name)
    if str(name) == DEMO or not path.is_absolute():
        return str(name)
    roots = data_roots()
    root = next((r for r in roots if path.is_relative_to(r) and path != r), None)
    if root is None or (short := str(path.relative_to(root))) == DEMO:
        return str(name)
    before = roots[: roots.index(root)]
    return str(name) if any(_exists(r / asked(short).path) for r in before) else short  # it would mean another


def _exists(place: Path) -> bool:
    try:
        return place.exists()
    except (OSError, ValueError):
        return False


def asked(name: str) -> Source:
    """A source by its parts. Raises `FerError` for text that can be none."""
    with suppress(FerError):
        if "?" in name and inside_data(name).exists():  # a folder of such a name
            return Source(name)
    return parse(name)


def path_of(name: str) -> str:
    """What `open_corpus`, the jobs and the command line take: ``"demo"`` or an absolute, allowed source."""
    of = asked(name)
    return of.line if of.path == DEMO else replace(of, path=str(inside_data(of.path))).line


def place_of(name: str) -> Path:
    """The folder or file of a source, allowed. Raises `FerError`."""
    return inside_data(asked(name).path)


def kind(name: str) -> Kind:
    """What a corpus holds, by its layout alone. Raises `FerError` for one outside the data folders."""
    if asked(name).path == DEMO:
        return "clips"
    place = place_of(name)
    return _kind(str(place), _stamp(place))


def images_in_use() -> bool:
    """Whether the corpus in use is one of images."""
    name = source()
    try:
        return name is not None and kind(name) == "images"
    except FerError:
        return False


def corpus() -> Corpus | None:
    """The corpus of clips in use, opened; None where none is.

    Raises `FerError` where it cannot be opened, or holds images.
    """
    name = source()
    return open_source(name) if name else None


def open_source(name: str) -> Corpus:
    """Open a corpus of clips by its source, once per version of its folder. Raises `FerError`."""
    if kind(name) == "images":
        raise CorpusError(
            "this corpus holds images, and landmarks are followed through clips",
            where=name,
            fix="choose a corpus of clips",
        )
    path = path_of(name)
    return _opened(path, 0 if asked(name).path == DEMO else _stamp(place_of(name)))


def read_again() -> None:
    """Forget what was read of every corpus, so that changed folders are read anew."""
    _opened.clear()
    _kind.clear()
    shelf().clear()


@st.cache_resource(max_entries=6, show_spinner="Reading names and labels")
def _opened(path: str, stamp: int) -> Corpus:
    # A resource, not data: a Corpus is frozen, and copying 600 clips on each rerun would be waste.
    from fer_core.datasets.catalog import open_corpus

    return open_corpus(path)


@st.cache_data(max_entries=200, show_spinner=False)
def _kind(path: str, stamp: int) -> Kind:
    from fer_core.datasets.images.catalog import recognise_images

    return "clips" if recognise_images(path) in (None, "clips") else "images"


def _stamp(folder: Path) -> int:
    """Changes when the folder's own entries do; deeper changes need `read_again`."""
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return 0


# --- landmarks ----------------------------------------------------------------------------------------


@dataclass
class Shelf:
    """Landmark sets in memory, shared by all sessions of the server; the oldest makes room."""

    sets: OrderedDict[str, LandmarkSet] = field(default_factory=OrderedDict)
    incomplete: dict[str, float] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, key: str) -> LandmarkSet | None:
        """The set stored under a key."""
        with self.lock:
            return self.sets.get(key)

    def put(self, key: str, landmarks: LandmarkSet) -> None:
        """Store a set."""
        with self.lock:
            self.sets[key] = landmarks
            self.sets.move_to_end(key)
            self.incomplete.pop(key, None)
            while len(self.sets) > _KEPT_SETS:
                self.sets.popitem(last=False)

    def clear(self) -> None:
        """Empty the shelf."""
        with self.lock:
            self.sets.clear()
            self.incomplete.clear()


@st.cache_resource
def shelf() -> Shelf:
    """The server's one shelf."""
    return Shelf()


def landmarks(
    of: Corpus, settings: ExtractSettings | None = None, *, compute: bool = False, again: bool = False
) -> LandmarkSet | None:
    """The corpus's landmark set if it is ready, else None; nothing heavy starts here.

    Parameters
    ----------
    of : Corpus
    settings : ExtractSettings, optional
    compute : bool
        Draw a synthetic corpus's landmarks (about three seconds). Real corpora are extracted by
        `ui.runs.extraction.panel`, in a process of their own.
    again : bool
        Ask the cache even if it was found incomplete a moment ago (after an extraction has ended).

    Raises
    ------
    FerError
        Where the clips give no usable landmarks.
    """
    from fer_core.landmarks.extract import cached_set, default_settings

    settings = settings or default_settings()
    key = _set_key(of, settings)
    if (ready := shelf().get(key)) is not None:
        return ready
    if of.synthetic and not compute:
        return None
    if not again and time.monotonic() - shelf().incomplete.get(key, -_INCOMPLETE_FOR) < _INCOMPLETE_FOR:
        return None
    found = cached_set(of, settings)
    if found is None:
        shelf().incomplete[key] = time.monotonic()
    else:
        shelf().put(key, found)
    return found


def ready(of: Corpus) -> bool:
    """Whether the corpus's landmarks are in memory; asks neither disk nor detector."""
    from fer_core.landmarks.extract import default_settings

    return shelf().get(_set_key(of, default_settings())) is not None


def _set_key(of: Corpus, settings: ExtractSettings) -> str:
    return f"{of.root or of.name}|{of.seed}|{hash(of.clips)}|{settings}"


# --- results ------------------------------------------------------------------------------------------


def run_in_use() -> str | None:
    """Name of the run folder whose results are in use (``?run=``), or None."""
    named = st.session_state.get("_run") or st.query_params.get("run")
    if not named:
        return None
    st.session_state["_run"] = named
    if st.query_params.get("run") != named:
        st.query_params["run"] = named
    return str(named)


def use_run(name: str | None) -> None:
    """Take a run's results into use; None lets go of them."""
    if name is None:
        st.session_state.pop("_run", None)
        st.query_params.pop("run", None)
    else:
        st.session_state["_run"] = st.query_params["run"] = name
