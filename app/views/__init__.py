"""Parts of the page: each file shows one, given the visitor's session."""
