"""Choosing what a page is about: results, pictures, recognisers."""
