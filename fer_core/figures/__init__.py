"""Plotly figures, one module per topic. They take core objects, hold no logic and return `go.Figure`."""
