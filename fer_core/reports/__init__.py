"""Results as files of their own: HTML, LaTeX, CSV, one report of a study or of an analysis."""
