"""What a run found: the table over all videos, and of one video its course, episodes and files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from fer_core.base.errors import PathError, RecordingError
from fer_core.base.text import for_markdown
from fer_core.figures.clip import clip_figure
from fer_core.files import shapes
from fer_core.live.settings import LiveSettings
from fer_core.live.videos.folder import SUMMARY, TABLE
from fer_core.live.videos.jobs import CLIPS
from fer_core.live.videos.queue import table
from fer_core.live.videos.summary_words import notes
from ui.common import downloads, errors, page
from ui.videos import words as videos_words

if TYPE_CHECKING:
    from fer_core.live.videos.timeline import Timeline


@dataclass(frozen=True)
class _Made:
    """How a recording was made."""

    settings: LiveSettings


@dataclass(frozen=True)
class _Recorded:
    """Of a recording's JSON what the picture of its course shows."""

    about: _Made


def show(folder: Path, result: Mapping[str, Any]) -> None:
    """The whole result."""
    if len(result["clips"]) != 1:
        page.say(videos_words.headline(result))
    for lost in result["failed"]:
        errors.say(lost["why"])
    if passed := result.get("passed_over"):
        st.caption(for_markdown(passed))
    if not result["clips"]:
        return
    names = [f"{k + 1}. {clip['video']}" for k, clip in enumerate(result["clips"])]
    chosen = names[0]
    if len(names) > 1:
        key = "videos_clip"
        if st.session_state.get(key) not in names:
            st.session_state[key] = names[0]
        chosen = st.selectbox("Video", names, key=key)
    with errors.shown():
        _clip(folder, result["clips"][names.index(chosen)], result["emotions"])
    st.markdown("**All videos**")
    rows = table(dict(result))
    downloads.table(rows, "videos_summary", height="content", column_config=_summary_columns(rows))


def _summary_columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """How the table over all videos is headed; its CSV keeps its own names."""
    told = {name: videos_words.summary_column(name) for name in rows[0]}
    shown: dict[str, Any] = {
        name: st.column_config.NumberColumn(column[0], format=column[1])
        for name, column in told.items()
        if column is not None
    }
    if not any(row["problem"] for row in rows):
        shown["problem"] = None
    return shown


def unfinished(folder: Path) -> None:
    """Tables of videos whose reading was broken off, as far as they go."""
    parts = [f for f in sorted(folder.glob(f"{CLIPS}/*/{TABLE}.csv")) if not (f.parent / SUMMARY).is_file()]
    for part in parts:
        name = part.parent.name
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.markdown(f"{for_markdown(name)}, as far as it was read:")
            downloads.file("Table so far, CSV", f"{name}_part.csv", part.read_bytes, "text/csv")


def _clip(folder: Path, clip: Mapping[str, Any], emotions: Sequence[str]) -> None:
    where = folder / CLIPS / Path(clip["folder"]).name
    page.say(videos_words.clip_sentence(clip))
    st.caption(for_markdown(videos_words.technical(clip)))
    for note in notes(clip):
        page.note(note)
    if broken := videos_words.broken(clip):
        st.warning(for_markdown(broken), icon=":material/content_cut:")
    recording = where / f"{TABLE}.csv"
    if not recording.is_file():
        raise RecordingError(
            "the table of this video is gone",
            where=recording.parent.name,
            fix="delete the run and read the video again",
        )
    start, end = _stretch(clip)
    course = _course(str(recording), recording.stat().st_mtime_ns, tuple(emotions), start, end)
    threshold = _threshold(where)
    name = f"{Path(clip['video']).stem}_course"
    downloads.figure(
        clip_figure(course, emotions, threshold),
        name,
        caption=_caption(course, threshold),
        title=f"{clip['video']}, read by {clip['bundle']}",
    )
    _files(where, clip)
    _episodes(clip)


def _stretch(clip: Mapping[str, Any]) -> tuple[float, float]:
    """The part that is drawn: all of it, unless a slider of longer videos says otherwise."""
    length = float(clip["read_s"])
    if length < 20:
        return 0.0, float("inf")
    key = f"videos_stretch_{clip['key']}"
    start, end = st.slider("Stretch shown (s)", 0.0, length, (0.0, length), step=max(1.0, length // 200), key=key)
    return start, end if end < length else float("inf")


@st.cache_data(max_entries=12, show_spinner="Reading the table")
def _course(file: str, stamp: int, emotions: tuple[str, ...], start: float, end: float) -> Timeline:
    from fer_core.live.videos.timeline import timeline

    return timeline(Path(file), emotions, start, end)


def _caption(course: Timeline, threshold: float | None) -> str:
    thin = ""
    if course.cell_s:
        thin = (
            f" Each point is the highest value in {course.cell_s:.2g} s, and each row shows what was said "
            "longest in it; choose a shorter stretch to see every frame."
        )
    dashed = "" if threshold is None else "; dashed: the threshold"
    return (
        f"The largest face. Above, the smoothed probability of each emotion{dashed}; gaps are times without "
        f"a face. Below, what was said.{thin}"
    )


def _threshold(where: Path) -> float | None:
    with suppress(PathError):
        about = shapes.read(where / f"{TABLE}.json", _Recorded, what="description", fix="")
        return about.about.settings.threshold
    return None


def _files(where: Path, clip: Mapping[str, Any]) -> None:
    """Everything of one video, to take away."""
    stem = Path(clip["video"]).stem
    offered = (
        ("Table, CSV", f"{TABLE}.csv", f"{stem}.csv", "text/csv"),
        ("Table, Parquet", f"{TABLE}.parquet", f"{stem}.parquet", "application/vnd.apache.parquet"),
        ("What the columns mean", f"{TABLE}.json", f"{stem}_columns.json", "application/json"),
        ("Summary", "summary.json", f"{stem}_summary.json", "application/json"),
    )
    with st.container(horizontal=True, gap="small"):
        for sort, file, name, mime in offered:
            if (where / file).is_file():
                downloads.file(sort, name, (where / file).read_bytes, mime)


def _episodes(clip: Mapping[str, Any]) -> None:
    listed = clip["episode_list"]
    st.markdown(f"**Episodes** ({sum(clip['episodes'].values())})")
    if not listed:
        st.caption("No stretch of this video was classified as an emotion.")
        return
    rows = [{words: e[name] for name, words in videos_words.EPISODE_COLUMNS.items()} for e in listed]
    downloads.table(rows, f"{Path(clip['video']).stem}_episodes", height=min(400, 40 + 35 * len(rows)))
    if clip["episodes_not_listed"]:
        st.caption(f"{clip['episodes_not_listed']} further ones are counted and not listed.")
