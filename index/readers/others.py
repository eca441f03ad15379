"""Files of types that are not read: what to do with them, so that they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from pathlib import Path

_DO = {
    "save it as .docx": ".doc .odt .pages .wpd .wps .docm .dotx",
    "save it as .csv or .xlsx": ".xls .ods .numbers .xlsm .parquet",
    "save it as .eml or .mbox": ".msg .pst .olm .emlx",
    "unpack it": ".gz .bz2 .xz .zst .tar .tgz .7z .rar .warc",
    "print it to a PDF": ".epub .mobi .azw3 .djvu .ps .ppt .pptx .key .odp .indd .webarchive",
    "a picture; make a PDF with text of it: ocrmypdf": ".jpg .jpeg .png .tif .tiff .gif .bmp .webp .heic .svg",
    "write down what is said": ".mp3 .wav .m4a .mp4 .mov .avi .mkv .webm .ogg",
}
KNOWN_TALKS = (".md", ".html", ".json")
"""What a chat exports: a file of such a type is left out only where it is that."""

_HINTS = {suffix: hint for hint, suffixes in _DO.items() for suffix in suffixes.split()}


def hint(suffix: str) -> str:
    """What to do with a file of this type.

    >>> hint(".DOC"), hint(".foo")
    ('save it as .docx', 'if it is text, rename it to .txt')
    """
    return _HINTS.get(suffix.lower(), "if it is text, rename it to .txt")


def told(paths: Collection[Path]) -> str:
    """That these files are left alone, and what to do with them."""
    return f"{len(paths):,} other file{'s' * (len(paths) != 1)} left alone: {by_kind(paths)}"


def by_kind(paths: Iterable[Path]) -> str:
    """How many files there are of each type, the most common first; hidden ones together.

    >>> by_kind(map(Path, ["a.doc", "b.doc", ".x", "c.jpg"]))
    '2 .doc (save it as .docx), 1 .jpg (a picture; make a PDF with text of it: ocrmypdf), 1 hidden'
    """
    counted: Counter[str] = Counter()
    for path in paths:
        kind = path.suffix.lower() or "without a suffix"
        kind = f"{kind} of chats that were exported" if kind in KNOWN_TALKS else kind
        counted["hidden" if path.name.startswith(".") else "links to folders" if path.is_dir() else kind] += 1
    hidden = counted.pop("hidden", 0)
    kinds = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    said = [f"{count:,} {kind}{f' ({_HINTS[kind]})' if kind in _HINTS else ''}" for kind, count in kinds]
    return ", ".join(said + [f"{hidden:,} hidden"] * bool(hidden))
