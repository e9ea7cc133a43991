"""Videos of any length, read as a stream."""
