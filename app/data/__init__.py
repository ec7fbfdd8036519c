"""From what the data panel is set to, to a dataset."""
