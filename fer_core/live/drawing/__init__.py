"""A reading drawn on a picture, at the camera's rate."""
