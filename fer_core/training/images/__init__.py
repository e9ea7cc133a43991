"""Training image models: conditions, distortions and mixing of pictures, fits, experiments."""
