"""Pictures that are copies of each other, found without comparing every pair."""
