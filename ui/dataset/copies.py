"""Copies in a corpus of images: the search, what it found, pairs to look at, images that cannot be read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from fer_core import runs
from fer_core.base.errors import FerError
from fer_core.base.text import for_markdown
from fer_core.datasets.copies import copy_runs
from fer_core.datasets.copies.copy_effect import seen_before
from ui.common import address, downloads, empty, errors, page, state
from ui.common.words import count
from ui.dataset import image_words
from ui.runs import panel as run_panel

if TYPE_CHECKING:
    from fer_core.datasets.images.base import ImageCorpus

MOST_PAIRS = 12
KINDS = {"label": "Two labels", "near": "Nearly equal", "exact": "Equal"}
_ERROR, _CLOSED = "_copies_error", "_copies_closed"

HOW = """
Equal: the same pixels, plain or mirrored. Nearly equal: difference hashes of the two differ in at most
{bits} of 256 bits. Each image is counted once, with the image most like it among those before it. Copies
that were cut or turned differently are not found, so the counts are lower bounds. From a terminal:
`python -m fer_core duplicates PATH`, with `--against OTHER` for copies in a second corpus.
"""


def panel(corpus: ImageCorpus) -> None:
    """The search and, once it has ended, what it found."""
    st.subheader("Copies, and images that cannot be read", anchor=False)
    if error := st.session_state.pop(_ERROR, None):
        errors.say(error)
    path = state.path_of(state.source() or "")
    folder = copy_runs.newest(path)
    if folder is None or folder.name == st.session_state.get(_CLOSED):
        _offer(path, corpus)
        return
    if runs.read_status(folder).state != "done":
        parts = run_panel.Parts("search", _nothing, _delete, _close, kept="Nothing else was changed.")
        run_panel.panel(folder, f"Looking for copies in {corpus.name}", parts)
        if not runs.read_status(folder).active:
            _button(path, "Look again")
        return
    with errors.shown():
        _found(corpus, copy_runs.read_report(folder))
    _button(path, "Look again", type="tertiary")


def _offer(path: str, corpus: ImageCorpus) -> None:
    text = (
        f"All {len(corpus):,} images are read once and compared, plain and mirrored, within each part and "
        "from part to part: on a copy of a training image, remembering looks like recognising. The work runs "
        "in a process of its own and can be stopped."
    )
    with empty.state("content_copy", "Not checked for copies yet", text):
        _button(path, "Look for copies", type="primary")


def _button(path: str, label: str, type: Any = "secondary") -> None:
    st.button(label, icon=":material/search:", type=type, key="copies_start", on_click=_start, args=(path,))


def _start(path: str) -> None:
    known = copy_runs.newest(path)
    if known is not None and runs.read_status(known).active:  # of a second tab, or a second click
        return
    try:
        copy_runs.launch(path)
    except (FerError, OSError) as error:  # a callback's own messages would be wiped by the run that follows
        st.session_state[_ERROR] = str(error)


def _delete(name: str) -> None:
    run_panel.delete(runs.find_run_of(copy_runs.PREFIX, name), _ERROR)


def _close() -> None:
    folder = copy_runs.newest(state.path_of(state.source() or ""))
    st.session_state[_CLOSED] = folder.name if folder is not None else None


def _nothing(folder: Path) -> None:
    """A finished search is shown without the panel."""


# --- what was found ----------------------------------------------------------------------------------


def _found(corpus: ImageCorpus, report: dict[str, Any]) -> None:
    if report["images"] != len(corpus):
        st.warning(
            f"The corpus has changed since: it held {report['images']:,} images then. Look again.",
            icon=":material/update:",
        )
    page.say(image_words.copies(report))
    share = st.column_config.NumberColumn("share, %", format="%.1f")
    downloads.table(image_words.rows(report), "copies", column_config={"share": share})
    _effect(report)
    _pairs(corpus, report)
    _unread(report)
    page.how(HOW.format(bits=report["limit_bits"]), "How copies are found")


def _effect(report: dict[str, Any]) -> None:
    st.markdown("**What this means for an accuracy**")
    for entry in seen_before(report)[:1]:
        percent = address.slider("Accuracy on faces never seen, %", "copies_accuracy", 0, 100, 1, 65, width=420)
        st.markdown(for_markdown(image_words.effect(entry, percent / 100)))
    st.markdown(for_markdown(image_words.folds(report)))


def _pairs(corpus: ImageCorpus, report: dict[str, Any]) -> None:
    """Pairs of one kind as pictures; those from part to part before those within one."""
    entries = [*seen_before(report), *report["within"], *report["across"]]
    found = {(x["item"], x["twin"]): x for e in entries for x in e["examples"]}
    examples = sorted(found.values(), key=lambda x: not x["exact"])
    kinds = {
        "label": [x for x in examples if x["emotion"] != x["twin_emotion"]],
        "near": [x for x in examples if not x["exact"]],
        "exact": [x for x in examples if x["exact"]],
    }
    some = {k: words for k, words in KINDS.items() if kinds[k]}
    if not some:
        return
    st.markdown("**Some pairs**")
    kind = address.one("Pairs", some, "copies_pairs", label_visibility="collapsed")
    _grid(corpus, kinds[kind][:MOST_PAIRS])


def _grid(corpus: ImageCorpus, examples: list[dict[str, Any]]) -> None:
    from fer_core.datasets.images.samples import positions_of, thumbnails
    from fer_core.figures.image_grid import pairs_html

    names = sorted({x[side] for x in examples for side in ("item", "twin")})
    at = positions_of(corpus, names)
    images = {image.item: image for image in thumbnails(corpus, at)}
    parts = dict(zip(corpus.item[at].tolist(), corpus.part[at].tolist(), strict=True))
    pairs = [
        (images[x["item"]], images[x["twin"]], _words(x, parts))
        for x in examples
        if x["item"] in images and x["twin"] in images
    ]
    st.html(pairs_html(pairs))


def _words(example: dict[str, Any], parts: dict[str, str]) -> str:
    apart = f"{count(example['bits'], 'bit')} apart" if example["bits"] else "same hash"
    how = "equal" if example["exact"] else apart
    mirrored = ", mirrored" if example["mirrored"] else ""
    one, other = parts[example["item"]], parts[example["twin"]]
    return f"{how}{mirrored}" + ("" if one == other else f"; {one}, {other}")


def _unread(report: dict[str, Any]) -> None:
    st.markdown("**Images that cannot be read**")
    unread, blank = report["unread"], report["featureless"]
    said = "These have a label and no usable picture; training leaves them out."
    if not unread:
        said = f"None: all {report['images']:,} images could be read."
    if blank:
        said += f" {blank:,} show nothing but a single grey."
    st.markdown(said)
    if unread:
        downloads.table([{"where": o["where"], "why": o["why"]} for o in unread], "unreadable")
