"""From frames to landmark sets: detection, sampling, alignment, features, augmentation, cache."""
