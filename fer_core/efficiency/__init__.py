"""Measured cost: what training takes, and what it takes elsewhere."""
