"""Charts in Plotly, imported when the first one is drawn."""
