"""Statistics, one module per family."""
