"""What every page is built of: corpus in use, address, empty states, errors, downloads, words."""
