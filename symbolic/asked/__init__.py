"""What a search is asked: rows, names and hints, read and checked once."""
