"""What each leak is worth: one corpus and model under leaky and honest protocols."""
