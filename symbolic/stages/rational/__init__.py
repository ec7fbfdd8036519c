"""A link of a quotient of polynomials in columns or curves of them."""
