"""Corpora of single labelled images, whatever their format, read lazily."""
