"""The page Landmarks."""
