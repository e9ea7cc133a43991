"""Corpora of face clips: one module per format, `catalog` recognises and opens them."""
