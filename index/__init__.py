"""Articles in, ranked passages out: readers, the catalog, Chroma, tantivy, search."""

import os

# `index` is a generic name: qa checks this mark, so that a foreign module found in its place is a clear error.
__article_qa__ = True

# Nothing leaves the machine unless the user said where to. Some dependencies report their use, one of them by default;
# each reads its switch when it is loaded, and all of them are loaded after this package.
_SILENT = {
    "ORT_DISABLE_TELEMETRY": "1",  # onnxruntime 1.29 and newer: a device id, and a queue of events that it uploads
    "ANONYMIZED_TELEMETRY": "False",  # chromadb
    "HF_HUB_DISABLE_TELEMETRY": "1",  # huggingface_hub, and what is built on it
    "DO_NOT_TRACK": "1",  # whatever else heeds it
}
os.environ.update(_SILENT)
