"""What the pages share and the core must not know: Streamlit state, empty states, downloads, the sidebar."""
