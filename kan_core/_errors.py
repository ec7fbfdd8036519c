"""The one exception of this package."""


class TrainingError(ValueError):
    """Says which rule the input to the engine broke, what came, and what to do."""
