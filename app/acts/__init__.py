"""What the buttons do."""
