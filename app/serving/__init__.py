"""The page as a web server."""
