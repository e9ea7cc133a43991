"""A page that shows names from outside in every way that our pages do; run by test_names.py."""

import json
import os

import streamlit as st

from fer_core.base.text import for_code, for_markdown, for_markdown_document

NAMES = json.loads(os.environ["FER_LAB_TEST_NAMES"])
st.title("Names")
for k, name in enumerate(NAMES):
    with st.container(key=f"name{k}"):
        st.markdown(for_markdown(name))
        st.markdown(f"**{for_markdown(name)}** and {for_code(name)}")
        st.caption(f"see {for_markdown(name)}, so")
        st.button(for_markdown(name), key=f"button{k}")
        st.error(for_markdown(name))
        st.markdown(f"| a |\n|---|\n| {for_markdown(name)} |")
        st.markdown(f"- {for_markdown(name)}")
    with st.container(key=f"document{k}"):
        st.markdown(for_markdown_document(name))
