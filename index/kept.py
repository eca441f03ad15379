"""What was fetched from the web, kept beside the index: so that it can be cited when the page is gone."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from index.batch import Event
from index.errors import FetchError, OfflineError, ignore
from index.files import replace_bytes, replace_text
from index.readers import KNOWN
from index.readers.fetch import Fetched, Fetcher
from index.readers.html import looks_like_html

FOLDER = "fetched"
_LIST = "fetched.json"
_SUFFIXES = {
    "text/html": ".html", "application/xhtml+xml": ".html", "application/pdf": ".pdf", "application/json": ".json",
    "text/markdown": ".md", "text/csv": ".csv", "application/rtf": ".rtf", "text/rtf": ".rtf", "text/plain": ".txt",
    "application/zip": ".zip",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
}  # fmt: skip


def is_address(said: str) -> bool:
    """Whether what a user names is an address of the web."""
    return re.match(r"https?://", said, re.IGNORECASE) is not None


def addresses_in(file: Path) -> list[str]:
    """The addresses in a file that has nothing else, one a line, but for comments; empty if it is no such file."""
    try:
        if not file.is_file() or file.stat().st_size > 1_000_000:
            return []
        lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError):
        return []
    said = [line for line in lines if line and not line.startswith("#")]
    return said if said and all(is_address(line) and " " not in line for line in said) else []


@dataclass(slots=True)
class Kept:
    """The folder of an index for what was fetched. For its one writer."""

    folder: Path
    fetcher: Fetcher
    notify: Callable[[str], None] = ignore

    def bring(self, addresses: Sequence[str], limit: int) -> Iterator[tuple[Path, str] | Event]:
        """The file for each address, with the address that it was found at in the end; or an Event that says why not.

        A feed stands for the first `limit` pages that it names.
        """
        known = self._known()
        try:
            for url in dict.fromkeys(addresses):
                yield from self._bring(url, known, limit)
        finally:
            if known:
                replace_text(self.folder / FOLDER / _LIST, json.dumps(known, indent=1, sort_keys=True))

    def _bring(self, url: str, known: dict[str, dict[str, str]], limit: int) -> Iterator[tuple[Path, str] | Event]:
        before = known.get(url, {})
        file = self.folder / FOLDER / before["file"] if "file" in before else None
        if file is not None and not file.is_file():
            before, file = {}, None
        try:
            found = self.fetcher.fetch(url, before.get("etag"), before.get("modified"))
        except (FetchError, OfflineError) as error:
            kept = "" if file is None else f"; what was fetched on {before['when'][:10]} stays"
            reason = str(error).removeprefix(f"{url}: ")
            yield Event("failed", url, reason=f"{reason}{kept}")
            return
        if found.content is None and file is not None:
            yield file, before["url"]
            return
        content = found.content or b""
        links = _feed_links(content, found.kind)
        if links is not None:
            self.notify(f"{url}: a feed of {len(links)} pages, of which the first {min(limit, len(links))} are fetched")
            for link in links[:limit]:
                yield from self._bring(link, known, 0) if limit else ()
            return
        file = self._write(url, found, content)
        known[url] = {
            "file": file.name, "url": found.url, "when": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            **({"etag": found.etag} if found.etag else {}), **({"modified": found.modified} if found.modified else {}),
        }  # fmt: skip
        yield file, found.url

    def _write(self, url: str, found: Fetched, content: bytes) -> Path:
        parts = urlsplit(found.url)
        stem = re.sub(r"[^\w-]+", "-", Path(parts.path).stem or parts.path.strip("/")).strip("-")[:60]
        name = "-".join(filter(None, [re.sub(r"[^\w.]+", "-", parts.hostname or ""), stem]))
        file = self.folder / FOLDER / f"{name}-{hashlib.sha256(url.encode()).hexdigest()[:8]}{_suffix(found, content)}"
        file.parent.mkdir(exist_ok=True)
        if found.charset and file.suffix == ".html":  # the page itself may say another, or none
            content = _with_charset(content, found.charset)
        if not file.is_file() or file.read_bytes() != content:  # an equal one stays as it was noted
            replace_bytes(file, content, sync=True)
        return file

    def _known(self) -> dict[str, dict[str, str]]:
        try:
            known = json.loads((self.folder / FOLDER / _LIST).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return known if isinstance(known, dict) else {}


def _suffix(found: Fetched, content: bytes) -> str:
    """The type of what was fetched: by its first bytes, else as it was sent, else by its address."""
    if content.startswith(b"%PDF-"):
        return ".pdf"
    if looks_like_html(content[:4_000].decode("utf-8", "replace")):
        return ".html"
    named = Path(urlsplit(found.url).path).suffix.lower()
    return _SUFFIXES.get(found.kind) or (named if named in KNOWN else ".html")


def _with_charset(content: bytes, charset: str) -> bytes:
    """A page in UTF-8, where the server names an encoding that its bytes are in."""
    try:
        return b"\xef\xbb\xbf" + content.decode(charset).removeprefix("\ufeff").encode()
    except (LookupError, ValueError):
        return content


def _feed_links(content: bytes, kind: str) -> list[str] | None:
    """The addresses of a feed's entries, in its order; None for what is no feed."""
    from index.readers.feed import entries, looks_like_feed

    if b"<!ENTITY" in content or not ("xml" in kind or kind in ("", "text/plain")) or not looks_like_feed(content):
        return None
    _, found = entries(content)
    links = (entry.get("link") for entry in found)
    return list(dict.fromkeys(link for link in links if link and is_address(link)))
