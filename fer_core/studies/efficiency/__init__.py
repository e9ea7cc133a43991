"""What networks cost: GRU against LSTM, image models, each in a process of its own."""
