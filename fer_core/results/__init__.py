"""What a run found: metrics with intervals."""
