"""Every loss of a grid trained once; any point of the grid read from them."""
