"""From a trained network to a formula: its curves named, its expression read."""
