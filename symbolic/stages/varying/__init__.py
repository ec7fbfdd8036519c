"""T(y) = A(u) + B(u)·C(v) under noise."""
