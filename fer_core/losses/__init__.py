"""Imbalance, the losses it chooses between, and the grid of them."""
