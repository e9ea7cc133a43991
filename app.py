"""FER Lab: page setup and navigation, nothing else. Start with ``streamlit run app.py``."""

# First of all imports, before any page can bring MediaPipe or TensorFlow: with either loaded first, the
# webcam's crypto library kills the server on import (SIGSEGV in pylibsrtp). tests/pages/test_app.py holds it.
import pylibsrtp  # noqa: F401, I001

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from ui import in_use, sidebar

SECTIONS = {
    "": [("home", "Home", "home")],
    "Data": [("dataset", "Dataset", "database"), ("landmarks", "Landmarks", "face")],
    "Experiment": [
        ("train", "Train", "model_training"),
        ("launch", "Launch", "rocket_launch"),
        ("runs", "Runs", "checklist"),
        ("sensitivity", "Sensitivity", "tune"),
    ],
    "Evidence": [
        ("results", "Results", "query_stats"),
        ("compare", "Compare conditions", "compare_arrows"),
        ("heatmaps", "Heatmaps", "grid_on"),
        ("effects", "Effects", "forest"),
        ("power", "Power", "bolt"),
        ("equivalence", "Equivalence", "balance"),
        ("efficiency", "Efficiency", "speed"),
        ("leak_lab", "Leak Lab", "leak_add"),
        ("models", "Models", "account_tree"),
        ("benchmark", "Benchmark", "leaderboard"),
    ],
    "Live": [("live", "Live", "videocam"), ("videos", "Videos", "movie")],
    "About": [("paper", "Paper", "article"), ("notice", "Notice", "info")],
}
HERE = Path(__file__).parent


def pages() -> dict[str, list[StreamlitPage]]:
    """The pages by section, those only whose file is there."""
    found = {
        section: [
            st.Page(f"pages/{name}.py", title=title, icon=f":material/{icon}:", default=name == "home")
            for name, title, icon in entries
            if (HERE / "pages" / f"{name}.py").is_file()
        ]
        for section, entries in SECTIONS.items()
    }
    return {section: entries for section, entries in found.items() if entries}


st.set_page_config(page_title="FER Lab", page_icon=str(HERE / "assets" / "icon.png"), layout="wide")
chosen = st.navigation(pages(), expanded=True)
in_use.begin(chosen.url_path)
sidebar.foot(chosen.url_path)
chosen.run()
