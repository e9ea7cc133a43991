"""How much the published thresholds and focal parameters matter."""
