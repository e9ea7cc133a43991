"""A recogniser on what comes in: a photo, a clip, a webcam."""
