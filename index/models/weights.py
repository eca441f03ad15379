"""Which model is meant, and where its weights lie on this machine. `index.models.pull` brings them here."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

from index.errors import EmbeddingMismatchError, MissingModelError, ModelError
from index.folders import cache_folder
from index.models.manifest import KnownModel, find_known

DEFAULT = "sentence-transformers/all-MiniLM-L6-v2"
DESCRIPTION = "model.json"
"""In the folder of a model that runs without torch: what `index.models.onnx` has to know of it."""

_SHIPPED = Path(__file__).parent / "data" / "all-MiniLM-L6-v2"
_WEIGHT_FILES = ("*.safetensors", "pytorch_model*.bin")


@dataclass(frozen=True, slots=True)
class Description:
    """What `model.json` says of a model that runs without torch; `dimension` is None where it does not embed.

    `sha256`: of the weights it is, or was made from. `pooling`: "mean" or "cls", for a graph that gives a state a word
    piece. `max_batch`: how many texts at most are run together, None where a text's result does not depend on others.
    """

    folder: Path
    sha256: str
    dimension: int | None
    max_length: int
    pooling: str
    max_batch: int | None
    question_prefix: str

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The description in `folder`. Raises ModelError."""
        path = folder / DESCRIPTION
        try:
            read = json.loads(path.read_text(encoding="utf-8"))
            found = cls(
                folder=folder,
                sha256=str(read["source_sha256"]),
                dimension=read.get("dimension"),
                max_length=int(read["max_length"]),
                pooling=str(read.get("pooling", "mean")),
                max_batch=read.get("max_batch"),
                question_prefix=str(read.get("question_prefix", "")),
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelError(f"{path}: cannot be read ({error!r}); qa models says what mends it") from error
        if found.pooling not in ("mean", "cls"):
            raise ModelError(f"{path}: pooling {found.pooling!r} is neither mean nor cls")
        return found

    @property
    def embedding_dimension(self) -> int:
        """How long the vectors are. Raises ModelError for a model that does not embed."""
        if not isinstance(self.dimension, int):
            raise ModelError(f"{self.folder}: the model does not embed; qa models lists what does")
        return self.dimension


@dataclass(frozen=True, slots=True)
class Model:
    """A model on this machine. `sha256`: of its weights, those that index where it has more than one form.

    `export`: a folder that runs without torch, or None. `source`: the sentence-transformers folder that indexes, or
    None where the export does everything.
    """

    name: str
    sha256: str
    export: Path | None
    source: Path | None

    @property
    def fingerprint(self) -> str:
        """What an index remembers of the model that made its vectors."""
        return f"{self.name}@{self.sha256[:16]}"


def find_model(name: str = DEFAULT, use: str = "embedding") -> Model:
    """The model called `name`: by the manifest, a folder on this machine, or a name at the hub (in its own cache).

    A folder holds either an export (`index.models.export`) or a sentence-transformers model. `use`: "embedding" or
    "ranking".
    Raises MissingModelError, with the command that brings it, if it is not here, ModelError if it is for another use.
    """
    known = find_known(name)
    if known is not None:
        if known.use != use:
            raise ModelError(f"{known.name} is for {known.use}, not for {use}; qa models lists what is")
        if known.name == DEFAULT:
            return default_model()
        return _in_folder(known.name, folder_of(known))
    if is_path(name):
        folder = expanded(name).absolute()
        return _in_folder(str(folder), folder)
    return _in_folder(name, hub_folder(name))


def remembered_model(fingerprint: str) -> Model:
    """The model that an index was made with. Raises MissingModelError if it is not here.

    Raises EmbeddingMismatchError if its weights here are others than those that made the index.
    """
    model = find_model(fingerprint.rpartition("@")[0])
    if model.fingerprint != fingerprint:
        raise EmbeddingMismatchError(
            f"the index was made with the embedding {fingerprint}, here it is {model.fingerprint}; index the articles "
            f"again into another folder: qa index PATH --index DIR --embedding {model.name}"
        )
    return model


@cache
def default_model() -> Model:
    """all-MiniLM-L6-v2: its export is shipped, its weights come with a dependency."""
    known = find_known(DEFAULT)
    assert known is not None
    return Model(DEFAULT, Description.read(_SHIPPED).sha256, _SHIPPED, folder_of(known))


def torch_folder(model: Model) -> Path:
    """The sentence-transformers folder that indexes, its weights checked against the model's sha256."""
    folder = model.source
    if folder is None or not folder.is_dir():
        raise MissingModelError(
            f"the weights of {model.name} are not here (to index, not to ask); type: qa models pull {model.name}"
        )
    found = weights_sha256(folder)
    if found != model.sha256:
        raise ModelError(
            f"{folder}: the weights have sha256 {found}, not {model.sha256}; type: qa models pull {model.name}"
        )
    return folder


def models_folder() -> Path:
    """Where pulled weights are kept: `QA_MODELS`, or the user's cache. Raises ModelError for a user who has none."""
    if named := os.environ.get("QA_MODELS"):
        return expanded(named).absolute()
    cache = cache_folder()
    if cache is None:
        raise ModelError("no home folder to keep weights in; name a folder for them in QA_MODELS")
    return cache / "models"


def expanded(path: str) -> Path:
    """A path as a user writes it, `~` for the home; it stays where nobody knows one."""
    return Path(os.path.expanduser(path))


def folder_of(known: KnownModel) -> Path:
    """Where the files of a model of the manifest are, or would be pulled to. Raises ModelError as `models_folder`."""
    packaged = None
    if known.package is not None:
        spec = importlib.util.find_spec(known.package)  # its files are read, it is never imported
        if spec is not None and spec.submodule_search_locations:
            packaged = Path(spec.submodule_search_locations[0]) / "model"
    try:
        pulled = models_folder() / known.name
    except ModelError:
        if packaged is None:
            raise
        return packaged
    return packaged if packaged is not None and not pulled.is_dir() else pulled


def is_path(name: str) -> bool:
    """Whether a model is named by its folder; a name at the hub is `owner/name`."""
    return name.startswith((".", "~", os.sep)) or name.count("/") != 1 or Path(name).is_dir()


def hub_folder(name: str) -> Path:
    """The folder in the hub's own cache that holds the model called `name` there. Nothing is fetched."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        # Any file will do to find the folder: which other ones it has is up to who fetched them.
        return Path(snapshot_download(name, local_files_only=True, allow_patterns=["config.json", "modules.json"]))
    except (LocalEntryNotFoundError, HFValidationError) as error:
        raise MissingModelError(f"the model {name} is not here; type: qa models pull {name}") from error


def weights_sha256(folder: Path) -> str:
    """The sha256 of a sentence-transformers model's weights: of its file, or of the sums of its files if it has more.

    Raises ModelError if there is none.
    """
    files = sorted({path for pattern in _WEIGHT_FILES for path in folder.rglob(pattern)})
    if any(path.suffix == ".safetensors" for path in files):
        files = [path for path in files if path.suffix == ".safetensors"]  # a .bin beside it is the same once more
    if not files:
        raise ModelError(f"{folder}: there are no weights in it; is it a sentence-transformers model?")
    sums = [file_sha256(path) for path in files]
    return sums[0] if len(sums) == 1 else hashlib.sha256("\n".join(sums).encode()).hexdigest()


def file_sha256(path: Path) -> str:
    """The sha256 of a file, in hex. Raises ModelError if it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror}; qa models says what mends it") from error


def _in_folder(name: str, folder: Path) -> Model:
    """The model in `folder`: an export if it describes itself, else one of sentence-transformers."""
    if not folder.is_dir():
        if is_path(name):
            raise MissingModelError(f"no model in {folder}: there is no such folder; qa models lists what there is")
        raise MissingModelError(f"the model {name} is not here; type: qa models pull {name}")
    if (folder / DESCRIPTION).is_file():
        return Model(name, Description.read(folder).sha256, folder, None)
    return Model(name, weights_sha256(folder), None, folder)
