"""The page: data in, a law out, every step to be seen and undone."""
