"""Which weights there are: those that article-qa ships, those that it knows, and what an index was made with."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from index.errors import MissingModelError, ModelError
from index.models.manifest import KnownModel, find_known, known_models
from index.models.pull import problem
from index.models.weights import DEFAULT, default_model, file_sha256, find_model, folder_of
from qa.models.shipped import WEIGHTS, weights_of

State = Literal["verified", "here", "missing", "broken"]


@dataclass(frozen=True, slots=True)
class Weights:
    """Some weights, and what was found of them. `state`: "here" is for those whose sha256 nobody has named.

    `used`: by default, or by the index that is meant. `problem`: what is wrong, and `mend` the command against it.
    """

    name: str
    form: str
    use: str
    license: str | None
    source: str
    path: Path | None
    bytes: int
    used: bool
    state: State
    problem: str | None = None
    mend: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The object that `qa models --json` prints."""
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {**fields, "path": None if self.path is None else str(self.path)}


def inventory(embedding: str | None = None) -> list[Weights]:
    """All weights, each file's sha256 looked at. `embedding`: the name of the model that the index was made with."""
    is_default = embedding in (None, DEFAULT)
    known = (_known(each, each.name == (embedding or DEFAULT)) for each in known_models())
    return [_ranker_reader(), _question_encoder(is_default), *known, *_of_index(embedding)]


_AGAIN = "pip install --force-reinstall --no-deps article-qa"


def _ranker_reader() -> Weights:
    return _shipped("article-qa ranker-reader", "ranks passages, reads answers", WEIGHTS, weights_of(WEIGHTS))


def _question_encoder(used: bool) -> Weights:
    folder = default_model().export
    assert folder is not None
    described = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    return _shipped(DEFAULT, "embeds questions", folder, {"model.onnx": described["onnx_sha256"]}, used)


def _shipped(name: str, use: str, folder: Path, sums: Mapping[str, str], used: bool = True) -> Weights:
    wrong = None
    for file, expected in sums.items():
        try:
            found = file_sha256(folder / file)
        except ModelError as error:
            wrong = str(error)
            break
        if found != expected:
            wrong = f"{folder / file} has sha256 {found}, not {expected}"
            break
    return Weights(
        name, "8-bit ONNX", use, "Apache-2.0", "comes with article-qa", folder, _size(folder), used,
        "broken" if wrong else "verified", wrong, _AGAIN if wrong else None,
    )  # fmt: skip


def _known(known: KnownModel, used: bool) -> Weights:
    state: State = "missing"
    folder = wrong = mend = None
    try:
        folder = folder_of(known)
    except ModelError as error:
        wrong = str(error)
    if folder is not None and folder.is_dir():
        wrong = problem(known)
        state = "broken" if wrong else "verified"
    if state != "verified":
        mend = f"qa models pull {known.name}"
    use = {"ranking": "ranks passages (--ranker)", "embedding": "embeds passages and questions (--embedding)"}[
        known.use
    ]
    revision = f"revision {known.revision[:8]} of the hub, or " if known.revision else ""
    return Weights(
        known.name,
        known.form,
        "embeds passages" if known.name == DEFAULT else use,
        known.license,
        f"{revision}the wheel {known.wheel.requirement}",
        folder if state != "missing" else None,
        known.bytes,
        used,
        state,
        wrong or ("not on this machine" if state == "missing" else None),
        mend,
    )


def _of_index(embedding: str | None) -> Iterator[Weights]:
    """The model that made the index, where it is none of the manifest."""
    if embedding is None or find_known(embedding) is not None:
        return
    about = (embedding, "sentence-transformers", "embeds this index")
    try:
        model = find_model(embedding)
    except ModelError as error:
        mend = f"qa models pull {embedding}" if isinstance(error, MissingModelError) else None
        yield Weights(*about, None, "chosen by you", None, 0, True, "missing", str(error), mend)
        return
    folder = model.export or model.source
    assert folder is not None
    form = "export" if model.export else "sentence-transformers"
    yield Weights(embedding, form, about[2], None, "chosen by you", folder, _size(folder), True, "here")


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
