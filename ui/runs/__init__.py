"""Runs of every kind: the list, the panel, the Runs page."""
