"""How corpora name people, expressions and views: one module with one record for each corpus."""
