"""The temporary index of a set's articles, kept in the user's cache under the hash of all that it depends on."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from index.errors import ArticleQAError
from index.files import replace_bytes
from index.folders import cache_folder
from index.models.embed import Embedder
from qa.evaluate.gold import GoldArticle
from qa.evaluate.progress import Bar

_ARTICLES, _INDEX, _COMPLETE = "articles.jsonl", "index", "complete"
_SPLITTING = (
    "batch.py", "dates.py", "near.py", "split.py", "text.py", "types.py", "update.py", "readers/*.py", "stores/*.py",
)  # fmt: skip
"""The modules of `index` that decide what an index of the same articles holds."""

_NAME_ONE = "name a folder for it in XDG_CACHE_HOME"


def temporary_indexes() -> Path:
    """Where temporary indexes are kept. Raises ArticleQAError for a user who has no cache folder."""
    cache = cache_folder()
    if cache is None:
        raise ArticleQAError(f"no home folder to keep a temporary index in; {_NAME_ONE}")
    return cache / "evaluate"


def index_of(articles: Sequence[GoldArticle], embedder: Embedder, notify: Callable[[str], None]) -> Path:
    """The folder of an index of `articles`, one article each; made if the cache has none."""
    lines = "".join(
        json.dumps({name: value for name, value in asdict(article).items() if value is not None}, ensure_ascii=False)
        + "\n"
        for article in articles
    ).encode("utf-8", "surrogatepass")
    folder = temporary_indexes() / _key([lines], embedder)
    file = folder / _ARTICLES
    if not file.is_file():
        with _making(folder):
            replace_bytes(file, lines)
    return _index(folder, [file], len(articles), embedder, notify)


def index_of_files(path: Path, embedder: Embedder, notify: Callable[[str], None]) -> Path:
    """The folder of an index of the articles in `path`, a file or folder that `qa index` reads as it is."""
    from index.readers import Skipped, walk

    files = sorted(walk(path, Skipped()))
    if not path.exists() or not files:
        raise ArticleQAError(f"{path}: no articles there; --articles takes what qa index takes, or a corpus of records")
    # the index remembers where its articles lie, so that place is part of the key
    contents = (part for file in files for part in (str(file.resolve()).encode(), file.read_bytes()))
    return _index(temporary_indexes() / _key(contents, embedder), [path], len(files), embedder, notify)


def _key(contents: Iterable[bytes], embedder: Embedder) -> str:
    import index

    found = hashlib.sha256(embedder.fingerprint.encode())
    root = Path(index.__file__).parent
    for source in sorted(file for pattern in _SPLITTING for file in root.glob(pattern)):
        found.update(source.read_bytes())
    for content in contents:
        found.update(hashlib.sha256(content).digest())
    return found.hexdigest()[:20]


@contextmanager
def _making(folder: Path) -> Iterator[None]:
    """In a folder of the cache that is there and can be written. Raises ArticleQAError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        yield
    except OSError as error:
        raise ArticleQAError(
            f"{folder}: no temporary index can be kept there ({error.strerror or error}); {_NAME_ONE}"
        ) from error


def _index(folder: Path, paths: list[Path], count: int, embedder: Embedder, notify: Callable[[str], None]) -> Path:
    from index.update import writing

    done = folder / _COMPLETE
    if done.is_file():
        notify(f"using the temporary index {folder / _INDEX}")
        return folder / _INDEX
    with _making(folder):
        notify(f"making the temporary index {folder / _INDEX}")
    failed = 0
    with writing(folder / _INDEX, embedder, notify=notify) as writer, Bar("indexing", count) as bar:
        for event in writer.update(paths):
            bar.advance()
            if event.status == "failed":
                failed += 1
                notify(f"not indexed: {event.place.within(event.path)}: {event.reason}")
    if failed:
        notify(f"{failed} of the set's articles could not be indexed")
    done.touch()
    return folder / _INDEX
