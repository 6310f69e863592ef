"""Finding passages: embeddings, the index on disk, hybrid retrieval."""

import os

os.putenv("ORT_DISABLE_TELEMETRY", "1")
"""ONNX Runtime tells its maker of each session from 1.29 on, unless this stands before it is loaded."""
