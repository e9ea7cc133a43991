"""The app's pages by section, in the order of the sidebar."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

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
HERE = Path(__file__).resolve().parents[2]


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
