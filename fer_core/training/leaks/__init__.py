"""What the leak audit looks at: the evidence, probes of the pipeline, and near-duplicates."""
