"""Language models by name: Ollama, any server that speaks as OpenAI does, OpenAI, Anthropic; by LlamaIndex.

    ollama:qwen3:8b              the server at $OLLAMA_HOST, or on this machine
    http://host:port/v1#name     vLLM, llama.cpp, LM Studio ...; without a name the one that it serves
    openai:NAME  anthropic:NAME  with the key in $OPENAI_API_KEY or $ANTHROPIC_API_KEY, or in the key file

A server under an address of its own is sent $QA_MODEL_KEY, and no other key. Nothing is imported before a model is
connected to.
"""

from __future__ import annotations

import json
import os
import stat
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from index.errors import ModelError, OfflineError, UsageError
from index.folders import config_folder
from index.offline import is_local
from qa.llm import citing
from qa.llm.calls import Calls

TIMEOUT = 120.0
"""Seconds for which a model may be silent."""

WINDOW = 8192
"""Tokens of a model's window that are used, where it has as many or does not say."""

LONGEST = 20_000
"""Characters of a reply that are read; no answer is as long."""

TRIES = 3
RESERVED = 1024
"""Tokens of the window that are left to the reply."""

KEYS = "keys.toml"
"""In the user's config folder, readable by the user alone: `openai = "..."`, `anthropic = "..."`, `model = "..."`."""

EXTRA = "pip install 'article-qa[llm]'"


class Llm(Protocol):
    """The part of a LlamaIndex LLM that is used."""

    def stream_chat(self, messages: Any, **kwargs: Any) -> Any:
        """The reply to `messages`, as it comes."""


@dataclass(frozen=True, slots=True)
class Model:
    """A language model that is connected to.

    `window`: tokens that a prompt and its reply may have together. `cites`: it has citations of its own. `calls`: those
    of its client, as far as it was given ours.
    """

    name: str
    llm: Llm
    window: int = WINDOW
    timeout: float = TIMEOUT
    cites: bool = False
    calls: Calls = field(default_factory=Calls)

    @classmethod
    def of(cls, llm: Llm) -> Model:
        """Any LlamaIndex LLM."""
        about = getattr(llm, "metadata", None)
        window = int(getattr(about, "context_window", 0) or WINDOW)
        name = getattr(about, "model_name", "") or type(llm).__name__
        cites = getattr(llm, "class_name", str)() == "Anthropic_LLM"
        return cls(str(name), llm, min(window, WINDOW), cites=cites)

    def fits(self, prompt: str) -> bool:
        """Whether a prompt and its reply fit the window: a token has three characters or more in English."""
        return len(prompt) / 3 + RESERVED <= self.window

    def reply(self, prompt: str, sentences: Sequence[str] = ()) -> Generator[str, None, None]:
        """What the model says to a prompt, piece by piece. Closing the iterator ends the call.

        `sentences`: what a model that `cites` is given to cite; their numbers, from 1, come in brackets.
        Tried again where the server is busy or fails before anything came. Raises ModelError in one line.
        """
        from llama_index.core.llms import ChatMessage

        message = citing.message(prompt, sentences) if sentences else ChatMessage(role="user", content=prompt)
        seen = 0
        for attempt in range(TRIES):
            stream: Any = None
            try:
                stream = self.llm.stream_chat([message])
                pieces = citing.pieces(stream, len(sentences), LONGEST) if sentences else _deltas(stream)
                for piece in pieces:
                    seen += len(piece)
                    if piece:
                        yield piece
                    if seen > LONGEST:
                        return
                return
            except OfflineError as error:
                raise ModelError(f"{self.name}: {error}") from error
            except Exception as error:
                if seen or attempt + 1 == TRIES or not _is_passing(error):
                    raise ModelError(f"{self.name}: {_plainly(error, self.timeout)}") from error
                time.sleep(_pause(error, attempt))
            finally:
                if (close := getattr(stream, "close", None)) is not None:
                    close()
                self.calls.hang_up()


def _deltas(stream: Any) -> Iterator[str]:
    return (chunk.delta or "" for chunk in stream)


def connect(name: str, *, timeout: float = TIMEOUT, window: int | None = None) -> Model:
    """The model of this name (see above), ready to be asked.

    Raises UsageError for a name that is none, ModelError for a missing package, key or server.
    """
    kind, rest = checked(name)
    if kind in ("http", "https"):
        address, _, model = name.partition("#")
        return _openai_like(name, address.rstrip("/"), model, _key("model"), timeout, window)
    if kind == "ollama":
        return _ollama(name, rest, timeout, window)
    if kind == "openai":
        address = os.environ.get("OPENAI_BASE_URL") or "https://api.openai.com/v1"
        return _openai_like(name, address, rest, _needed("openai"), timeout, window or 2 * WINDOW)
    return _anthropic(name, rest, timeout, window or 2 * WINDOW)


def checked(name: str) -> tuple[str, str]:
    """The provider that a name names, and what of it. Raises UsageError for a name that is none."""
    kind, _, rest = name.partition(":")
    if not rest:
        raise UsageError(
            f"no model {name!r}; name one like ollama:qwen3:8b, openai:NAME, anthropic:NAME or http://host:port/v1#NAME"
        )
    if kind not in ("ollama", "openai", "anthropic", "http", "https"):
        raise UsageError(
            f"{name!r}: no provider {kind!r}; there are ollama, openai, anthropic and http://host:port/v1#NAME"
        )
    if kind in ("http", "https") and not urlsplit(name).hostname:
        raise UsageError(f"{name!r} is no address; name one like http://127.0.0.1:8080/v1#NAME")
    return kind, rest


@dataclass(frozen=True, slots=True)
class LanguageModel:
    """Which language model is used, and how. `llm`: any LlamaIndex LLM, else the one with this `name` (see above).

    `prose`: whether it may word the answer; None: if it was found to cite well (`qa models check`). `prompts`:
    a folder with texts in the place of the shipped ones. `timeout`: seconds, `window`: tokens, None: as it says itself.
    """

    name: str = ""
    llm: Llm | None = None
    prose: bool | None = None
    prompts: Path | None = None
    timeout: float = TIMEOUT
    window: int | None = None

    def connect(self) -> Model:
        """The model, ready to be asked. Raises UsageError and ModelError."""
        if self.llm is not None:
            return Model.of(self.llm)
        return connect(self.name, timeout=self.timeout, window=self.window)

    @property
    def sent_to(self) -> str | None:
        """The host to which questions and passages go, if that is not this machine. Nothing is connected to."""
        host = None if self.llm is not None else host_of(self.name)
        return None if is_local(host) else host


def host_of(name: str) -> str | None:
    """The host of the model with this name."""
    kind = name.partition(":")[0]
    address = {
        "ollama": _ollama_host(),
        "openai": os.environ.get("OPENAI_BASE_URL") or "https://api.openai.com",
        "anthropic": os.environ.get("ANTHROPIC_BASE_URL") or "https://api.anthropic.com",
    }.get(kind, name)
    return urlsplit(address).hostname


def _ollama(name: str, model: str, timeout: float, window: int | None) -> Model:
    try:
        from llama_index.llms.ollama import Ollama
        from ollama import Client
    except ImportError as error:
        raise _missing("llama-index-llms-ollama") from error
    host = _ollama_host()
    known = _asked(f"{host}/api/show", timeout, {"model": model})
    longest = [value for key, value in (known or {}).get("model_info", {}).items() if key.endswith("context_length")]
    held = min([window or WINDOW, *(int(value) for value in longest)])
    calls = Calls()
    llm = Ollama(
        model, base_url=host, context_window=held, request_timeout=timeout, temperature=0.0, thinking=False,
        client=Client(host=host, timeout=timeout, event_hooks=calls.hooks),
    )  # fmt: skip
    return Model(name, llm, held, timeout, calls=calls)


def _ollama_host() -> str:
    host = os.environ.get("OLLAMA_HOST") or "http://127.0.0.1:11434"
    host = host if "://" in host else f"http://{host}"
    parts = urlsplit(host)
    there = "127.0.0.1" if parts.hostname in (None, "0.0.0.0") else parts.hostname
    return f"{parts.scheme}://{there}:{parts.port or 11434}"


def _openai_like(name: str, address: str, model: str, key: str | None, timeout: float, window: int | None) -> Model:
    try:
        from llama_index.llms.openai_like import OpenAILike
    except ImportError as error:
        raise _missing("llama-index-llms-openai-like") from error
    if not model or window is None:
        served: list[dict[str, Any]] = (_asked(f"{address}/models", timeout, key=key) or {}).get("data") or [{}]
        if not model and len(served) > 1:
            raise UsageError(
                f"{address} serves {', '.join(str(one.get('id')) for one in served)}; name one: {address}#NAME"
            )
        model = model or str(served[0].get("id") or "default")
        about: dict[str, Any] = next((one for one in served if one.get("id") == model), {})
        window = window or _window_of(about, address, timeout)
    calls = Calls()
    llm = OpenAILike(
        model=model, api_base=address, api_key=key or "none", is_chat_model=True, context_window=window,
        max_retries=0, timeout=timeout, temperature=0.0, http_client=calls.client(timeout),
    )  # fmt: skip
    name = name if "#" in name or not name.startswith("http") else f"{name}#{model}"
    return Model(name, llm, window, timeout, calls=calls)


def _window_of(about: dict[str, Any], address: str, timeout: float) -> int:
    """What a server says of its window: vLLM with the model, llama.cpp by itself."""
    told = about.get("max_model_len")
    if told is None:
        props = _asked(f"{address.removesuffix('/v1')}/props", min(timeout, 2.0)) or {}
        told = props.get("default_generation_settings", {}).get("n_ctx")
    return min(int(told), 2 * WINDOW) if isinstance(told, int) and told > 0 else WINDOW


def _anthropic(name: str, model: str, timeout: float, window: int) -> Model:
    key = _needed("anthropic")
    try:
        from llama_index.llms.anthropic import Anthropic
    except ImportError as error:
        raise _missing("llama-index-llms-anthropic") from error
    address = os.environ.get("ANTHROPIC_BASE_URL") or None
    llm = Anthropic(
        model=model, api_key=key, base_url=address, timeout=timeout, max_retries=0, max_tokens=RESERVED, temperature=0.0
    )
    calls = Calls()
    llm._client = llm._client.copy(http_client=calls.client(timeout))  # it takes none
    return Model(name, llm, window, timeout, cites=True, calls=calls)


def served(name: str | None = None) -> list[str]:
    """The models of the Ollama server, and of the one whose address `name` has, as far as they are on this machine and
    there. No other machine is asked.
    """
    host = _ollama_host()
    found = [f"ollama:{one['name']}" for one in _told(f"{host}/api/tags").get("models", [])]
    if name and name.startswith("http"):
        address = name.partition("#")[0].rstrip("/")
        found += [f"{address}#{one['id']}" for one in _told(f"{address}/models", _key("model")).get("data", [])]
    return found


def _told(url: str, key: str | None = None) -> dict[str, Any]:
    """What a server of this machine says, if it is there."""
    try:
        return (_asked(url, 1.0, key=key) or {}) if is_local(urlsplit(url).hostname) else {}
    except ModelError:
        return {}


# ---- keys ------------------------------------------------------------------------------------------------------------


def has_key(provider: str) -> bool:
    """Whether there is a key for a provider. Raises ModelError for a file that others may read."""
    return _key(provider) is not None


def _needed(provider: str) -> str:
    key = _key(provider)
    if key is None:
        raise ModelError(f"no key for {provider}; set {provider.upper()}_API_KEY, or {provider} in {_key_file()}")
    return key


def _key(provider: str) -> str | None:
    """A key, from the environment or the key file. Raises ModelError for a file that others may read."""
    variable = "QA_MODEL_KEY" if provider == "model" else f"{provider.upper()}_API_KEY"
    if given := os.environ.get(variable, "").strip():
        return given
    file = _key_file()
    if file is None:
        return None
    import tomllib

    try:
        if os.name == "posix" and stat.S_IMODE(file.stat().st_mode) & 0o077:
            raise ModelError(f"{file} may be read by others; type: chmod 600 {file}")
        held = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ModelError(f"{file} cannot be read as TOML") from error  # whose message might show a key
    key = held.get(provider)
    return key if isinstance(key, str) and key else None


def _key_file() -> Path | None:
    folder = config_folder()
    return folder / KEYS if folder is not None else None


# ---- servers and their errors ----------------------------------------------------------------------------------------


def _asked(
    url: str, timeout: float, data: dict[str, Any] | None = None, key: str | None = None
) -> dict[str, Any] | None:
    """What a server says of itself; None if it does not know the question. Raises ModelError if none is there."""
    import httpx

    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        answer = httpx.request("POST" if data else "GET", url, json=data, headers=headers, timeout=min(timeout, 10.0))
        if answer.status_code == 404 and data:
            raise ModelError(f"{url}: {_message(answer.text) or 'not found'}")
        found = answer.json() if answer.is_success else None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        parts = urlsplit(url)
        raise ModelError(
            f"no language model answers at {parts.scheme}://{parts.netloc} ({error or type(error).__name__})"
        ) from error
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _message(body: str) -> str:
    try:
        told = json.loads(body)["error"]
    except (ValueError, KeyError, TypeError):
        return ""
    return str(told.get("message", "") if isinstance(told, dict) else told)


def _status(error: BaseException) -> int | None:
    told = getattr(error, "status_code", None)
    return told if isinstance(told, int) else None


def is_refused(error: ModelError) -> bool:
    """Whether a server understood what it was sent, and does not do that."""
    return _status(error.__cause__ or error) in (400, 422)


def _is_passing(error: BaseException) -> bool:
    """Whether it may go well the next time: too many requests, or a server's own failure."""
    status = _status(error)
    return status == 429 or (status is not None and status >= 500)


def _pause(error: BaseException, attempt: int) -> float:
    """Seconds to wait: what the server asks for, else longer each time."""
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    try:
        return min(float(headers.get("retry-after", "")), 30.0)
    except ValueError:
        return 0.5 * 4.0**attempt


def _plainly(error: BaseException, timeout: float) -> str:
    """A library's error in one line, without what it was sent."""
    name = type(error).__name__
    if "timeout" in name.lower():
        return f"no answer within {timeout:g} s (qa config set timeout SECONDS)"
    told = " ".join(str(error).split())
    told = told if len(told) <= 300 else f"{told[:300]}…"
    return (
        f"{told or name} (status {_status(error)})"
        if _status(error) and str(_status(error)) not in told
        else told or name
    )


def _missing(package: str) -> ModelError:
    return ModelError(f"language models need {package}; type: {EXTRA}")
