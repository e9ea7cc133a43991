"""The page Equivalence."""
