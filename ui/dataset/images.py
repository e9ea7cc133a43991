"""The Dataset page for a corpus of images: preview, counts, class weights, votes, samples, copies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from fer_core.base.errors import CorpusError
from fer_core.base.text import for_markdown
from fer_core.figures import images as image_figures
from fer_core.losses.balancing import Balancing, class_weights
from ui.common import address, downloads, errors, page, state
from ui.common.words import IMAGE_FORMATS, format_words
from ui.dataset import copies, image_words, omissions

if TYPE_CHECKING:
    from fer_core.datasets.images.base import ImageCorpus
    from fer_core.datasets.images.samples import Thumbnail

STRATEGIES: tuple[Balancing, ...] = ("simple", "conservative", "effective")
EACH = 10
WITH_VOTES = ("arrays", "ferplus")
_ALL = "all"


def everything(corpus: ImageCorpus, summary: Any) -> None:
    """All sections; the sentence and the preview go into ``summary``, above the way to change the corpus."""
    counts, part = _counted(corpus)
    with summary:
        page.say(image_words.headline(corpus, counts, part))
        preview(corpus)
    imbalance(corpus, counts)
    page.how(image_words.COMPUTED)
    votes(corpus)
    samples(corpus)
    copies.panel(corpus)


def preview(corpus: ImageCorpus) -> None:
    """What was found, what is left out and why."""
    omissions.numbers(
        {
            "Labelled images": f"{len(corpus):,}",
            "People": f"{len(corpus.subjects):,}" if corpus.subjects_known else "unknown",
            "Emotions": f"{len(corpus.emotions)}",
            "Pixels": f"{corpus.size} × {corpus.size}" if corpus.size else "mixed",
            "Left out": f"{omissions.left_out(corpus.omissions):,}",
        }
    )
    form = IMAGE_FORMATS.get(corpus.format) or format_words(corpus.format)
    st.markdown(f"**{for_markdown(corpus.name)}**, {for_markdown(form)}. {for_markdown(corpus.note)}")
    omissions.say_people(corpus.subjects_known, "image")
    omissions.say_attributes(corpus.attribute_counts)
    omissions.say_omissions(corpus)


def _counted(corpus: ImageCorpus) -> tuple[dict[str, int], str]:
    """Images per emotion of the part that is counted, at first the training part, and its name."""
    parts = {p: c for p, c in corpus.parts.items() if p}
    if not parts:
        return corpus.counts, ""
    words = {p: image_words.PARTS[p].capitalize() for p in parts} | {_ALL: "All parts"}
    part = address.one("Imbalance counted in", words, "counted")
    return (corpus.counts, "") if part == _ALL else (parts[part], part)


def imbalance(corpus: ImageCorpus, counts: Mapping[str, int]) -> None:
    """Counts by part, and what each balancing strategy gives the classes of a network."""
    by_strategy: dict[str, dict[str, float]] = {s: class_weights(counts, s) for s in STRATEGIES}
    left, right = st.columns([2, 3])
    with left:
        st.subheader("Images per emotion", anchor=False)
        rows = [{"part": image_words.PARTS[p], **counts} for p, counts in corpus.parts.items()]
        downloads.figure(image_figures.parts_figure(corpus.parts), "images_per_emotion", table=rows)
    with right:
        st.subheader("Imbalance, and the class weights it leads to", anchor=False)
        downloads.figure(image_figures.weights_figure(by_strategy), "class_weights")
    if len(counts) > 1:
        page.say(image_words.weights(by_strategy))
    st.caption(f":material/rule: {for_markdown(image_words.in_use())}")
    weights = [
        {"emotion": e, "images": n} | {image_figures.WEIGHT_WORDS[s]: w[e] for s, w in by_strategy.items()}
        for e, n in counts.items()
    ]
    with st.expander("The weights as a table", icon=":material/table:"):
        number = st.column_config.NumberColumn(format="%.2f")
        columns = dict.fromkeys(image_figures.WEIGHT_WORDS.values(), number)
        downloads.table(weights, "class_weights", column_config=columns)


def read_again() -> None:
    """Forget votes and samples, so that a changed corpus is read anew."""
    _votes.clear()
    _drawn.clear()


# --- votes ---------------------------------------------------------------------------------------------


def votes(corpus: ImageCorpus) -> None:
    """How sure the voters were, where there are votes."""
    if corpus.format not in WITH_VOTES:
        return
    omissions = None
    with errors.shown():
        path = state.path_of(state.source() or "")
        omissions = _votes(path, len(corpus), corpus.format)
    if omissions is None:
        return
    st.subheader("How sure the voters were", anchor=False)
    by_emotion, differ = omissions
    page.say(image_words.votes(by_emotion, differ, corpus.format == "arrays"))
    rows = [
        {"emotion": e, "images": a.images, "median share": a.median}
        | {words: n for (words, _), n in zip(image_figures.BANDS, a.bands, strict=True)}
        for e, a in by_emotion.items()
    ]
    downloads.figure(image_figures.agreement_figure(by_emotion), "votes", table=rows)
    page.how(image_words.VOTES, "What agreement is")


@st.cache_data(max_entries=4, show_spinner="Reading votes")
def _votes(path: str, images: int, format: str) -> Any:
    """Agreement per emotion and the difference to the corpus's own labels; None where nobody voted."""
    from fer_core.datasets.images.agreement import agreement, difference
    from fer_core.datasets.images.catalog import open_images

    try:
        voted = open_images(path, labels="soft")
    except CorpusError:
        if format == "ferplus":  # which has votes: something is wrong with them
            raise
        return None
    return agreement(voted), difference(open_images(path, labels="own"), voted)


# --- images to look at -----------------------------------------------------------------------------------


@st.fragment
def samples(corpus: ImageCorpus) -> None:
    """A handful of every emotion; no other image is read."""
    from fer_core.figures.image_grid import grid_html

    st.subheader("Some images of every emotion", anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        seed = st.number_input("Shuffle seed", 0, 9999, key="sample_seed", bind="query-params", width=140)
        st.button("Shuffle", icon=":material/shuffle:", on_click=_shuffle)
    place, n = str(corpus.root or corpus.name), len(corpus)
    for emotion, shown in _drawn(corpus, place, n, int(seed)).items():
        st.caption(f"{for_markdown(emotion)}, {len(shown)} of {corpus.counts[emotion]:,}")
        st.html(grid_html(shown))
        for image in shown:
            if image.why:
                st.caption(f":material/broken_image: {for_markdown(image.item)}: {for_markdown(image.why)}")


def _shuffle() -> None:
    st.session_state["sample_seed"] = (int(st.session_state.get("sample_seed") or 0) + 1) % 10_000


@st.cache_data(max_entries=8, show_spinner=False)
def _drawn(_corpus: ImageCorpus, place: str, n: int, seed: int) -> dict[str, list[Thumbnail]]:
    from fer_core.datasets.images.samples import draw, thumbnails

    return {e: thumbnails(_corpus, at) for e, at in draw(_corpus, EACH, seed).items()}
