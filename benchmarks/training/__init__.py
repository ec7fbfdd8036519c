"""How fast and how far networks train: time to a peer's error, seeds, scaling, cost of a step, memory, restarts."""
