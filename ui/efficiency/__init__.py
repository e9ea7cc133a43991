"""The page Efficiency."""
