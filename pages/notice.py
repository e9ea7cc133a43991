"""Notice: what the system can and cannot claim, the law, what is processed where, model cards."""

from __future__ import annotations

import streamlit as st

from fer_core.base.paths import bundles_dir, home
from fer_core.base.text import for_markdown, for_markdown_document
from fer_core.results import bundles_and_runs
from ui.common import page

CLAIMS = """
- It **classifies what a face shows** in a short clip as one of six or seven expressions that people posed
  in a laboratory. "Classified as happiness" means: of the expressions it knows, the movement looks most
  like those.
- An **expression is not a feeling**. People smile in anger and keep a straight face in joy; how a face
  moves depends on culture, situation and person (Barrett, Adolphs, Marsella, Martinez and Pollak, 2019).
  Nothing here says what somebody feels, intends or is.
- A probability here is a model's output, not the chance that a person feels something.
- Its numbers hold for **corpora like the one it was measured on**: few people, posed, frontal, well lit.
  CK+ has 25 clips of fear, so the interval is wide; on other faces accuracy is lower, for some groups of
  people more than for others.
- The demo corpus is **synthetic**; numbers on it show that the software works, and nothing about faces.
"""

LAW = """
- The EU's AI Act (Regulation 2024/1689), **Article 5(1)(f)**, prohibits placing on the market, putting into
  service for this purpose or using AI systems that infer emotions of people **in the workplace and in
  education**, except for medical or safety reasons. Do not use FER Lab there.
- Elsewhere, an emotion recognition system is **high-risk** (Annex III, point 1(c)), and the people exposed
  to it must be told (Article 50(3)). Biometric data fall under the GDPR.
- FER Lab is made for research and teaching about the method itself, with people who agreed. This page is no
  legal advice.
"""

PRIVACY = """
- **Everything runs on this machine.** As it is set up, the server answers on localhost only; it sends no
  statistics, and needs no network. The webcam's picture goes from your browser to this server and nowhere
  else, and is not stored.
- **Stored**, under `{home}`: landmarks extracted from corpora (points), the pixels of corpora of pictures
  (unpacked from their files, to read them faster), uploads you made, runs with what they trained, and the
  results of experiments. Deleting that folder deletes all of it. Uploaded videos are removed when their run
  ends; the tables read from them stay in its folder until it is deleted.
- **Recordings** of the Live page exist only where *Record* was pressed: rows of numbers, no picture, in
  `recordings` in that folder. The Live page lists all of them, under *Webcam*, and deletes each on request.
- Landmarks of a face can identify a person. Treat exports as personal data.
- Corpora such as CK+ come with terms of their own, which bind whoever uses them here.
"""


def main() -> None:
    """The page."""
    page.heading("Notice", "FER Lab says what an expression is classified as. It cannot say what anybody feels.")
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("What it can and cannot claim", anchor=False)
        st.markdown(CLAIMS)
    with right:
        st.subheader("The law", anchor=False)
        st.markdown(LAW)
        st.subheader("What is processed where", anchor=False)
        st.markdown(PRIVACY.format(home=for_markdown(str(home()))))
    st.subheader("Model cards", anchor=False)
    cards = sorted(bundles_dir().glob("*/card.md"))
    if not cards:
        st.markdown("No model bundle ships with this installation. Every bundle that does carries a card, shown here.")
    for card in cards:
        with st.expander(for_markdown(card.parent.name), icon=":material/id_card:"):
            st.markdown(for_markdown_document(bundles_and_runs.card_of(card.parent)))


main()
