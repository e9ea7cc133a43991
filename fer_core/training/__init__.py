"""Training: conditions, protocols, fitting, runs."""
