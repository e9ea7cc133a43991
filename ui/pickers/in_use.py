"""What the statistics pages are about: results, reading, metric and emotion. One choice for all of them.

The session keeps it, and the address repeats it, so that a view can be shared and reloaded. When a page is
opened, what its address names goes first, for it was opened by hand or by a link; what the address does not
name, after a click in the sidebar everything, comes from the session. From then on the session is right,
until the next page is opened.

What is not chosen is None: each page's default stands then, and follows what it depends on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import streamlit as st

from fer_core.base.errors import FerError
from fer_core.base.text import for_markdown
from fer_core.results.words import BINARY_METRICS
from ui.common import address

PAGES = ("compare", "heatmaps", "effects", "power", "equivalence")
"""The pages that are about it."""

PUBLISHED, UPLOADED = "published", "uploaded"
"""In place of an experiment's name: the published study, the table of this session."""

READINGS = {"outputs": "Outputs at 0.5", "probabilities": "Probabilities read by their loss"}
READINGS_HELP = (
    "Outputs at 0.5, as the published study reads them: a classifier says yes where its output is above 0.5. "
    "Read by their loss: each output is first turned into the probability that its loss implies."
)
READING = "probabilities"
"""The default; raw outputs are how the published study reads its own."""

EVERY = "all"
"""In place of an emotion where a page can show the mean over all of them; it counts as no choice."""

UPLOAD = "_own_table"
"""Session key of the uploaded table: (file name, content)."""

_KEPT, _NOTICE = "_in_use", "_in_use_notice"
_OLD = {
    "stats_reading": "reading",
    "compare_reading": "reading",
    "effects_metric": "metric",
    "equivalence_metric": "metric",
    "heatmaps_metric": "metric",
    "compare_metric": "metric",
    "heatmaps_emotion": "emotion",
    "equivalence_emotion": "emotion",
    "compare_emotion": "emotion",
}
"""What addresses of version 0.1 call them; Compare's hold the words on screen."""
_WORDS = {words: name for names in (READINGS, BINARY_METRICS) for name, words in names.items()}


@dataclass(frozen=True)
class InUse:
    """The choice. Its fields are called as in the address.

    Attributes
    ----------
    table : an experiment's name, `PUBLISHED` or `UPLOADED`
    reading : of `READINGS`
    metric : of `fer_core.results.words.BINARY_METRICS`
    emotion : a classifier
    """

    table: str = PUBLISHED
    reading: str | None = None
    metric: str | None = None
    emotion: str | None = None


def begin(page: str) -> None:
    """Before a page is drawn: take what its address names into use, and write the choice into its address."""
    if address.opened(page):
        take(**_named(page))
    if title(now().table) is None:
        fall_back()
    _write(page)


def now() -> InUse:
    """The choice as it stands."""
    kept = st.session_state.get(_KEPT)
    return kept if isinstance(kept, InUse) else InUse()


def take(**chosen: Any) -> None:
    """Take something else into use: any fields of `InUse`. Before the control of that name is drawn."""
    st.session_state[_KEPT] = replace(now(), **chosen)
    for name, value in chosen.items():
        address.put(name, value)


def fall_back() -> None:
    """Go back to the published study, which is always there; the next page of statistics says so."""
    st.session_state[_NOTICE] = (
        f"There are no results called {now().table} here; they may have been deleted. The published study "
        "is in use instead."
    )
    take(table=PUBLISHED)


def notice() -> None:
    """Say once what could not be taken into use."""
    if said := st.session_state.pop(_NOTICE, None):
        st.warning(for_markdown(said), icon=":material/warning:")


def link(**changed: str) -> dict[str, str]:
    """Query of a link to a page of statistics that opens it with this choice, or with a changed one."""
    return {k: v for k, v in {**asdict(now()), **changed}.items() if v}


def title(table: str) -> str | None:
    """What results are called; None where there are none of that name. Reads names only."""
    if table == PUBLISHED:
        return "Published study (Winarno et al.)"
    if table == UPLOADED:
        return str(st.session_state.get(UPLOAD, ("a table of your own",))[0])
    from ui.pickers import studies

    try:
        return studies.title_of(table)
    except FerError:  # a store that cannot be read; the pages that need it say so
        return table


def name() -> str:
    """What the results in use are called. Reads names only."""
    return title(now().table) or now().table


def reading_words() -> str:
    """How their outputs are read, of an experiment; of a table nothing."""
    if now().table in (PUBLISHED, UPLOADED):
        return ""
    return READINGS.get(now().reading or READING, READINGS[READING])


# --- controls ---------------------------------------------------------------------------------------


def reading() -> str:
    """How an experiment's outputs are read."""
    return one("How outputs are read", READINGS, "reading", READING, help=READINGS_HELP)


def metric(label: str, words: Mapping[str, str]) -> str:
    """A metric, of those in ``words``."""
    return one(label, words, "metric", next(name for name in BINARY_METRICS if name in words))


def emotion(emotions: Iterable[str]) -> str:
    """One of the classifiers, to look into."""
    words = {e: e for e in emotions}
    return str(box("Emotion", words, "emotion", next(iter(words)), width=200))


def one(label: str, words: Mapping[str, str], name: str, default: str, **control: Any) -> str:
    """One of several, side by side; ``control`` are further arguments of `st.segmented_control`."""
    _hold(name, words, default)
    st.segmented_control(
        label,
        list(words),
        key=name,
        format_func=lambda w: for_markdown(words[w]),
        required=True,
        on_change=_moved,
        args=(name, words),
        **control,
    )
    return _drawn(name, words)


def box(label: str, words: Mapping[str, str], name: str, default: str | None, **control: Any) -> str | None:
    """One of many, in a box; ``control`` are further arguments of `st.selectbox`.

    Without a default nothing is chosen in it, and it gives None, until what is in use is among ``words``.
    """
    _hold(name, words, default)
    index = None if st.session_state[name] is None else 0
    st.selectbox(
        label,
        list(words),
        index,
        key=name,
        format_func=words.__getitem__,
        on_change=_moved,
        args=(name, words),
        **control,
    )
    return _drawn(name, words)


def _hold(name: str, words: Mapping[str, str], default: str | None) -> None:
    chosen = getattr(now(), name)
    address.hold(name, chosen if chosen in words else default)


def _moved(name: str, words: Mapping[str, str]) -> None:
    """A control was moved. Or an option is called otherwise by now, and the browser sent its former words."""
    if (chosen := st.session_state[name]) in words:
        take(**{name: None if chosen == EVERY else chosen})


def _drawn(name: str, words: Mapping[str, str]) -> Any:
    """What a control shows; where that is not what was chosen, in words."""
    shown, chosen = st.session_state[name], getattr(now(), name)
    if name != "table" and chosen is not None and chosen not in words:
        st.caption(for_markdown(f"There is no {name} “{chosen}” here: {words[shown]} is shown."))
    return shown


# --- address ----------------------------------------------------------------------------------------


def _named(page: str) -> dict[str, str]:
    """What the address names; old names are read, and taken out of it."""
    query = st.query_params
    old = {**_OLD, "experiment": "table"} if page == "compare" else _OLD
    named = {new: query[name] for name, new in old.items() if name in query}
    if page == "equivalence" and "equivalence_margin" in query:
        named = {"metric": "accuracy"} | named  # what a margin was of, where no metric was named
    named |= {name: query[name] for name in asdict(now()) if name in query}
    for name in [name for name in old if name in query]:
        query.pop(name)
    named = {name: _WORDS.get(value, value) for name, value in named.items() if value}
    return {name: value for name, value in named.items() if (name, value) != ("emotion", EVERY)}


def _write(page: str) -> None:
    """The whole choice on the pages that are about it; elsewhere results and reading, once chosen."""
    chosen = asdict(now())
    if page not in PAGES:
        chosen = {n: v for n, v in chosen.items() if n in ("table", "reading") and v not in (None, PUBLISHED)}
    for name, value in chosen.items():
        address.put(name, value)
