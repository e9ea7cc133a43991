"""Where results lie: records, SQLite, an experiment's rows, what ships."""
