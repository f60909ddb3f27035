"""One benchmark per claim; each prints JSON lines and runs its comparison in the same run."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
"""As `kota.cli` has it; it counts only before NumPy is imported."""
