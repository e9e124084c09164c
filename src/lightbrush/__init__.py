"""Lightbrush: draw on the left, an AI renders your picture on the right while your hand still moves."""

import os

__version__ = "0.1.0"

# Lightbrush is for one's own machines and tells nobody what is done on them. These libraries would: ONNX Runtime its
# makers about each model it opens, Ray and the Hugging Face libraries theirs about what runs. They ask their
# environment when they are imported, and so do the processes that start from here. Whoever wants it sets it otherwise.
for _name, _silent in {
    "ORT_DISABLE_TELEMETRY": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
    "HF_HUB_DISABLE_TELEMETRY": "1",
}.items():
    os.environ.setdefault(_name, _silent)
