"""How fast the page is and how much it bears, measured on a running server from outside."""
