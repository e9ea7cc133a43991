"""Results of image models: rows, board, differences, evaluation."""
