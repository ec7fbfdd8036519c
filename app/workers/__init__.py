"""The processes in which tasks run, and whose turn it is."""
