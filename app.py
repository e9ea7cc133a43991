"""FER Lab: the server, page setup and navigation, nothing else. Start with ``streamlit run app.py``."""

# First of all imports, before any page can bring MediaPipe or TensorFlow: with either loaded first, the
# webcam's crypto library kills the server on import (SIGSEGV in pylibsrtp). tests/pages/test_app.py holds it.
import pylibsrtp  # noqa: F401, I001

import streamlit as st
from streamlit.starlette import App

from ui.common import serving

if __name__ == "__main__":  # run for a visitor, by the server below
    from ui.common import navigation, sidebar
    from ui.pickers import in_use

    st.set_page_config(page_title="FER Lab", page_icon=str(navigation.HERE / "assets" / "icon.png"), layout="wide")
    chosen = st.navigation(navigation.pages(), expanded=True)
    in_use.begin(chosen.url_path)
    sidebar.foot(chosen.url_path)
    chosen.run()
else:  # imported by `streamlit run`, which looks for an application of this kind
    app = App(__file__, middleware=serving.middleware(), lifespan=serving.lifespan)
