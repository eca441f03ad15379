"""Models by name, over real connections: what is sent, what comes back, and every way in which a server fails."""

import contextlib
import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.errors import ModelError, UsageError
from qa.assistant import Assistant
from qa.llm import providers
from qa.llm.providers import LanguageModel, Model, connect
from tests.qa.llm.servers import Script, served

WAYS = ("openai", "server", "ollama", "anthropic")


@pytest.fixture
def script() -> Script:
    return Script(lambda prompt: f"heard: {prompt}")


@pytest.fixture(params=WAYS)
def model(request: pytest.FixtureRequest, script: Script, monkeypatch: pytest.MonkeyPatch) -> Iterator[Model]:
    """A connected model of each provider, at a scripted server."""
    with served(script) as address:
        yield _connected(request.param, address, monkeypatch)


def _connected(way: str, address: str, monkeypatch: pytest.MonkeyPatch, timeout: float = 10.0) -> Model:
    monkeypatch.setattr(providers, "_pause", lambda _error, _attempt: 0.0)
    monkeypatch.setenv("OPENAI_API_KEY", "openai-key")
    monkeypatch.setenv("OPENAI_BASE_URL", f"{address}/v1")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "anthropic-key")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", address)
    monkeypatch.setenv("OLLAMA_HOST", address)
    names = {
        "openai": "openai:scripted", "server": f"{address}/v1", "ollama": "ollama:scripted:1b",
        "anthropic": "anthropic:claude-haiku-4-5",
    }  # fmt: skip
    return connect(names[way], timeout=timeout)


def test_a_reply_comes_in_pieces(model: Model) -> None:
    pieces = list(model.reply("up to 4,000?"))
    assert "".join(pieces) == "heard: up to 4,000?"
    assert len(pieces) > 1


def test_what_is_sent_is_deterministic_and_within_the_window(model: Model, script: Script) -> None:
    list(model.reply("x"))
    (body,) = script.bodies
    if model.name.startswith("ollama"):
        assert body["options"] == {"temperature": 0.0, "num_ctx": 4096}
        assert body["think"] is False
    else:
        assert body["temperature"] == 0.0
    assert model.window == (4096 if not model.name.startswith(("openai", "anthropic")) else 16384)


def test_no_server_gets_a_key_that_is_not_its_own(model: Model, script: Script) -> None:
    list(model.reply("x"))
    sent = str(script.headers)
    assert ("openai-key" in sent) == model.name.startswith("openai:")
    assert ("anthropic-key" in sent) == model.name.startswith("anthropic:")


@pytest.mark.parametrize("failure", ["429", "500"])
def test_a_busy_server_is_asked_again(model: Model, script: Script, failure: str) -> None:
    script.failures = [failure, failure]
    assert "".join(model.reply("x")) == "heard: x"
    assert len(script.prompts) == 3


@pytest.mark.parametrize("failures", [["500"] * 3, ["404"]])
def test_a_server_that_goes_on_failing_is_one_line(model: Model, script: Script, failures: list[str]) -> None:
    script.failures = list(failures)
    with pytest.raises(ModelError, match=f"scripted {failures[0]}") as raised:
        list(model.reply("x"))
    assert "\n" not in str(raised.value)
    assert "key" not in str(raised.value)
    assert len(script.prompts) == len(failures)


@pytest.mark.parametrize("way", WAYS)
def test_closing_hangs_up(way: str, script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    script.reply, script.pieces = lambda _prompt: "word " * 4_000_000, 100_000
    with served(script) as address:
        reply = _connected(way, address, monkeypatch, timeout=5.0).reply("x")
        gc.disable()  # which would hang up too, some time
        try:
            assert next(reply)
            reply.close()
            assert script.hung_up.wait(5.0)
        finally:
            gc.enable()


def test_an_endless_reply_is_cut(model: Model, script: Script) -> None:
    script.failures = ["huge"]
    assert len("".join(model.reply("x"))) < providers.LONGEST + 200_000


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("failure", ["broken", "invalid", "silent"])
def test_what_breaks_off_or_is_no_reply_is_one_line(
    way: str, failure: str, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    script.failures = [failure] * 3
    with served(script) as address:
        model = _connected(way, address, monkeypatch, timeout=0.2)
        if failure == "silent":
            with pytest.raises(ModelError, match="no answer within"):
                list(model.reply("x"))
            return
        said = ""
        with contextlib.suppress(ModelError):  # some clients take it for the end
            for piece in model.reply("x" * 100):
                said += piece
        assert f"heard: {'x' * 100}".startswith(said)


@pytest.mark.parametrize("name", ["gpt", "ollama:", "frobnicator:x", "http://"])
def test_names_that_are_none(name: str, seed_index: Path) -> None:
    with pytest.raises(UsageError):
        connect(name)
    with pytest.raises(UsageError):
        Assistant(seed_index, model=LanguageModel(name))  # before anything is asked


def test_what_is_served_on_this_machine(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    with served(script) as address:
        monkeypatch.setenv("OLLAMA_HOST", address)
        assert providers.served() == ["ollama:scripted:1b"]
        assert providers.served(f"{address}/v1#other") == ["ollama:scripted:1b", f"{address}/v1#scripted"]
    assert providers.served(f"{address}/v1") == []
    assert providers.served("http://192.0.2.1/v1") == []  # of another machine, which is not asked


def test_nobody_there() -> None:
    with pytest.raises(ModelError, match=r"no language model answers at http://127\.0\.0\.1:9"):
        connect("http://127.0.0.1:9/v1#x")  # the port of "discard", where nothing listens
