"""A live stream measured: windows, whole frames, minutes."""
