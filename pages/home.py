"""Home: what this is, where you are, and the next step."""

from __future__ import annotations

import streamlit as st

from fer_core.base.text import for_markdown
from ui.common import empty, page
from ui.home import onboarding


def main() -> None:
    """The page."""
    page.heading("FER Lab", "From a folder of face clips to a recogniser on screen, with evidence on every number.")
    now = onboarding.standing()
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.subheader("The way from a clip to evidence", anchor=False)
        for stage in onboarding.stages(now):
            row(stage)
        for said in now.unreadable:
            page.note(said, "link_off")
    with right:
        st.subheader("Where to begin", anchor=False)
        doors(now)


def row(stage: onboarding.Stage) -> None:
    """One stage of the pipeline."""
    with st.container(border=True):
        picture, words, standing = st.columns([2, 4.6, 3.4], vertical_alignment="center")
        picture.markdown(stage.picture())
        words.markdown(f"**{for_markdown(stage.title)}**  \n{for_markdown(stage.text)}")
        with standing:
            mark = ":material/check_circle:" if stage.ready else ":material/radio_button_unchecked:"
            st.caption(f"{mark} {for_markdown(stage.standing)}")
            page.link(stage.page, f"Open {stage.page.title()}")


def doors(now: onboarding.Standing) -> None:
    """The next step, and the ways in."""
    sentence, target = onboarding.next_step(now)
    with st.container(border=True):
        st.markdown(f"**{for_markdown(sentence)}**")
        with st.container(horizontal=True, vertical_alignment="center"):
            if now.corpus is None:
                empty.demo_button()
            page.link(target, "Go there")
    door("Look at a corpus", "What is in it, how imbalanced it is, and which loss each emotion gets.", "dataset")
    door(
        "Question the published study", "Its tables recomputed number by number: what holds and what does not.", "paper"
    )
    door("Train a recogniser", "One condition, folds that share no person, progress you can stop.", "train")
    door(
        "Compare conditions",
        "Two architectures, two ways of tuning, two losses, on the same folds: what "
        "differs beyond chance. It runs in the background.",
        "launch",
    )
    door("Try it on a face", "A photo, a clip or the webcam. Everything stays on this machine.", "live")
    door("What it can claim", "A classified expression is not a feeling; what the law says, and why.", "notice")


def door(title: str, text: str, target: str) -> None:
    """One way in."""
    with st.container(border=True):
        st.markdown(f"**{title}**  \n{text}")
        page.link(target, f"Open {target.title()}")


main()
