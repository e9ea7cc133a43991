"""The page Power."""
