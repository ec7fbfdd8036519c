"""What leaves a search: reports, project files, predictions, the console."""
