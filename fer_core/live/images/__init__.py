"""Faces read as pictures by an image model: on a stream, a photo, a clip."""
