"""What everything stands on: errors, text, places, limits, the emotion vocabulary, progress, processes."""
