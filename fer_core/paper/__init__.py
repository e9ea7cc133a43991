"""The published studies: their printed numbers, what follows from them, and what does not."""
