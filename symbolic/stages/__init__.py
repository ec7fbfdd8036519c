"""The stages of a search that need no network: each proposes formulas for a table, one row each in `_stages.STAGES`."""
