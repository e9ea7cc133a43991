"""Training measured against plain Keras."""
