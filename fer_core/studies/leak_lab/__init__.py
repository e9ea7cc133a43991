"""One corpus under leaky and honest protocols: what each leak is worth."""
