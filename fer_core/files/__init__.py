"""Files read within limits and written whole: CSV, JSON, archives, what the user opened."""
