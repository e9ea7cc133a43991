"""Rows of a stream, written as they come."""
