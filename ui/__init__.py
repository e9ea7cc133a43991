"""What the pages share and the core must not know: Streamlit state, empty states, downloads, the sidebar."""

import pylibsrtp  # noqa: F401  before MediaPipe and TensorFlow, also where a page runs without app.py (see there)
