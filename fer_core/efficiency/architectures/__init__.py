"""GRU against LSTM, counted and measured."""
