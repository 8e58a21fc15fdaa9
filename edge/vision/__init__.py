"""Silhouettes: how many people use a yard and where, without keeping a picture."""

import os

# onnxruntime keeps a file of its own and sends from it, from its import on, unless this
# stands in the environment before.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
# OpenBLAS, once in numpy and once in OpenCV, would start a thread for each core; the lock
# takes one only.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
# numpy would ask for huge pages for large pictures, a call that the lock does not know.
os.environ["NUMPY_MADVISE_HUGEPAGE"] = "0"
