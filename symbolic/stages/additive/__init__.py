"""A link of a sum or a product of one curve an input."""
