"""Every test on one thread, and so do the processes that tests start: the machine does other things beside them."""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")  # NumPy and torch read it when they are loaded, which is later
