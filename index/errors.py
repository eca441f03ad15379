"""The one error tree of article-qa.

ArticleQAError                 any failure that a user can cause or mend; the message is one line: what, where, next
├── UsageError                 the call itself is wrong (an empty question): exit status 2
├── ConfigError                a file of settings is no TOML, or sets what there is not
├── NoIndexError               no index where one was looked for
├── IndexBusyError             another process is writing
├── IndexDamagedError          the catalog cannot be read, or is of another version
├── EmbeddingMismatchError     the index was made with another embedding model
├── ModelError                 weights are missing or broken
│   └── MissingModelError      a model is not on this machine
├── UnknownArticleError        no such article id or REF
├── UnknownOutletError         no article of this outlet
├── UnknownAuthorError         no article by this author
├── FetchError                 an address cannot be fetched
├── OfflineError               what would leave this machine, with --offline; an OSError too, as libraries expect one
├── LogError                   the log of questions cannot be read or written
└── StoreError                 a derived store (Chroma, tantivy) failed; readers fall back to the catalog
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager


def ignore(_message: str) -> None:
    """The `notify` of a caller who does not want to hear what goes wrong without stopping anything."""


class ArticleQAError(Exception):
    """Root of every error that article-qa raises on purpose."""


class UsageError(ArticleQAError):
    """The call itself is wrong."""


class ConfigError(ArticleQAError):
    """A file of settings cannot be read, or sets what there is not."""


class NoIndexError(ArticleQAError):
    """There is no index where one was looked for."""


class IndexBusyError(ArticleQAError):
    """Another process holds the writer's lock."""


class IndexDamagedError(ArticleQAError):
    """The catalog cannot be read, or was made by another version."""


class EmbeddingMismatchError(ArticleQAError):
    """The index was made with another embedding model than the one in use."""


class ModelError(ArticleQAError):
    """Weights are missing, broken or not what they should be."""


class MissingModelError(ModelError):
    """A model is not on this machine; the message names the command that brings it."""


class UnknownArticleError(ArticleQAError):
    """No article has this id, or the REF points outside of it."""


class UnknownOutletError(ArticleQAError):
    """No article is of this outlet."""


class UnknownAuthorError(ArticleQAError):
    """No article is by this author."""


class FetchError(ArticleQAError):
    """What stands at an address cannot be had, or may not be."""


class OfflineError(ArticleQAError, OSError):
    """A connection that --offline forbids."""


class LogError(ArticleQAError):
    """The log of what was asked cannot be read or written."""


class StoreError(ArticleQAError):
    """A derived store failed; the catalog still has everything."""


@contextmanager
def store_errors(what: str) -> Iterator[None]:
    """Whatever a derived store raises inside comes out as a StoreError that begins with `what`.

    Both stores are written in Rust: on damaged files they raise errors of many kinds, and panics, which are no
    Exception.
    """
    try:
        yield
    except (ArticleQAError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:
        # tantivy's messages are dumps of its data structures, around one in plain words
        why = re.search(r'message: "([^"]*)"', str(error))
        told = " ".join(str(why[1] if why else error).split())  # a line, however many it was
        raise StoreError(f"{what} ({told})") from error
