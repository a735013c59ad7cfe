"""One torch thread in each process, kernels and servers too: the tests run side by side."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
