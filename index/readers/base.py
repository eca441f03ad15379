"""What every reader shares: the Problem it yields, and titles."""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from index.readers.noise import between_noise
from index.readers.source import Source
from index.types import WHOLE_FILE, Place, Span

TITLE_LENGTH = 90
_HEADLINE_LINES = 3
DEFAULT_MAX_BYTES = 5_000_000

FIELDS = ("title", "outlet", "author", "published", "url")
"""What an article may have besides its text, by the names that people give with --set and --map."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How files are to be read: articles above `max_bytes` are left out.

    `columns`: the names that fields have in records, as pairs (our name, theirs). `given`: fields that the user says.
    """

    max_bytes: int = DEFAULT_MAX_BYTES
    columns: tuple[tuple[str, str], ...] = ()
    given: tuple[tuple[str, str], ...] = ()

    def settings(self) -> str | None:
        """What the user says of the file, to be kept; None for nothing."""
        said = {"map": dict(self.columns), "set": dict(self.given)}
        return json.dumps(said, sort_keys=True) if self.columns or self.given else None

    def with_settings(self, kept: str | None) -> Reading:
        """The same with what was said of a file when it was read, where nothing else is said now."""
        if kept is None:
            return self
        said = json.loads(kept)
        columns = self.columns or tuple(sorted(said["map"].items()))
        return replace(self, columns=columns, given=self.given or tuple(sorted(said["set"].items())))


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not become an article: where, and why, in a few words.

    `harmless`: not an error, only worth a note (a gold set among the articles).
    """

    path: str
    place: Place
    reason: str
    harmless: bool = False

    @classmethod
    def too_large(cls, path: str, size: int, limit: int, place: Place = WHOLE_FILE) -> Problem:
        """An article above the size limit."""
        megabytes = f"{size / 1e6:.1f} MB, more than the limit of {limit / 1e6:g} MB an article"
        return cls(path, place, f"too large ({megabytes}; --max-mb raises it)")


def reason_of(error: OSError | ValueError) -> str:
    """What went wrong with a file, in a few words and without its name."""
    return getattr(error, "strerror", None) or str(error)


def whole(source: Source, how: Reading) -> Generator[Any, None, bytes | None]:
    """All bytes of a source; None after the Problem that says why there are none."""
    try:
        size = source.size()
        if size > how.max_bytes:
            yield Problem.too_large(source.name, size, how.max_bytes)
            return None
        with source.open() as file:
            data = file.read(size + 1)
    except (OSError, ValueError) as error:
        yield Problem(source.name, WHOLE_FILE, reason_of(error))
        return None
    if not data.strip():
        yield Problem(source.name, WHOLE_FILE, "empty")
        return None
    return data


def guarded(found: Iterator[Any], name: str, place: Place = WHOLE_FILE) -> Iterator[Any]:
    """What a reader finds; whatever a library raises over a file becomes a Problem, and its loggers are quiet."""
    while True:
        try:
            with _quiet():
                item = next(found, None)
        except (KeyboardInterrupt, SystemExit, GeneratorExit):
            raise
        except MemoryError:
            item, found = Problem(name, place, "takes more memory than there is"), iter(())
        except RecursionError:
            item, found = Problem(name, place, "nested too deep"), iter(())
        except OSError as error:
            item, found = Problem(name, place, reason_of(error)), iter(())
        except Exception as error:  # noqa: BLE001  parsers raise errors of every kind over damaged files
            said = " ".join(str(error).split())[:200]
            reason = f"damaged ({type(error).__name__}{': ' * bool(said)}{said})"
            item, found = Problem(name, place, reason), iter(())
        if item is None:
            return
        yield item


_LOGGERS = ("pypdf", "trafilatura", "htmldate", "courlan", "justext", "openpyxl", "dateparser", "striprtf")


@contextmanager
def _quiet() -> Iterator[None]:
    """The parsers' loggers and warnings say nothing; afterwards they are as they were."""
    import logging
    import warnings

    loggers = [logging.getLogger(name) for name in _LOGGERS]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, was in zip(loggers, before, strict=True):
            logger.setLevel(was)


_MISSING = frozenset("nan NaN NAN none None null NULL Null NaT nat N/A n/a #N/A <NA> undefined - -- —".split())


def is_missing(value: object) -> bool:
    """Whether a field says nothing: what programs write where a value is missing is none.

    >>> is_missing(float("nan")), is_missing("N/A"), is_missing("0000-00-00 00:00:00"), is_missing(0)
    (True, True, True, False)
    """
    if value is None or value != value:  # NaN is not equal to itself
        return True
    if not isinstance(value, str):
        return False
    text = value.strip()
    return not text or text in _MISSING or re.fullmatch(r"0000-00-00(?:[T ][0:.]+Z?)?", text) is not None


def derive_title(text: str, noise: Sequence[Span]) -> str:
    """A title for an article that has none: its first line if that looks like a headline, else how it begins.

    `noise` is passed over.

    >>> derive_title("Storm hits coast\\n\\nA storm hit the coast on Monday.", ())
    'Storm hits coast'
    >>> derive_title("A storm hit the coast\\non Monday, four died.\\n\\nMore is to come.", ())
    'A storm hit the coast on Monday, four died.'
    """
    stretches = between_noise(text, noise)
    if not stretches:
        return ""
    lines = text[slice(*stretches[0])].strip().split("\n", _HEADLINE_LINES + 1)
    count = 1
    while count < len(lines) and re.match(r"\s*[a-z]", lines[count]):  # a line that goes on
        count += 1
    first = " ".join(" ".join(lines[:count]).split())
    is_apart = count == 1 or (count < len(lines) and count <= _HEADLINE_LINES and not lines[count].strip())
    if len(lines) > count and is_apart and len(first) <= 120 and not re.search(r"[.!?:;,][\"”’')]*$", first):
        return first
    if len(first) <= TITLE_LENGTH:
        return first
    return first[:TITLE_LENGTH].rsplit(" ", 1)[0].rstrip(" ,;:—–-") + "…"
