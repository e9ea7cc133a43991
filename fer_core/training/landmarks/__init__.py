"""Training recurrent classifiers on landmarks: data, gradients, search, tasks."""
