"""Lines that stand in many articles of one outlet: its own words, not the articles'. Found by counting."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import PurePosixPath

from index.readers.noise import merged
from index.stores.catalog import Catalog
from index.types import Article, Span

_FEWEST_ARTICLES = 8
_LEAST, _LEAST_SHARE = 5, 0.05
_SHORTEST, _LONGEST = 12, 600
_ALIKE = 0.5
_COMPARED = 6


def group_of(outlet: str | None, path: str) -> str:
    """What an article's lines are counted with: its outlet's articles, or where it has none those of its folder."""
    return f"outlet {outlet}" if outlet else f"folder {PurePosixPath(path).parent}"


def repeated(catalog: Catalog, groups: Iterable[str]) -> Iterator[tuple[Article, tuple[Span, ...]]]:
    """The articles of these groups that have lines which many others have too, and their noise with these.

    Versions of one story share their lines too: a line counts only where the articles have little else in common.
    """
    wanted = set(groups)
    members: dict[str, dict[str, str]] = defaultdict(dict)
    for article, _ in catalog.articles():
        if (group := group_of(article.outlet, article.path)) in wanted:
            members[group][article.id] = (article.published or "")[:10]
    for days in members.values():
        if len(days) >= _FEWEST_ARTICLES:
            yield from _repeated_in(catalog, days)


def _repeated_in(catalog: Catalog, days: dict[str, str]) -> Iterator[tuple[Article, tuple[Span, ...]]]:
    """`days`: when each article of a group was published, by its id; "" where that is not known."""
    lines: dict[str, set[bytes]] = {}
    holders: dict[bytes, list[str]] = defaultdict(list)
    for id_ in days:
        if (article := catalog.article(id_)) is None:
            continue
        lines[id_] = {mark for mark, _ in _lines(article)}
        for mark in lines[id_]:
            holders[mark].append(id_)
    enough = max(_LEAST, _LEAST_SHARE * len(days))
    found = {
        mark
        for mark, those in holders.items()
        if len(those) >= enough
        and {days[one] for one in those} != {days[those[0]] or None}  # what one day brought may be one story
        and _differ([lines[one] for one in those])
    }
    for id_, marks in lines.items():
        if marks & found and (article := catalog.article(id_)) is not None:
            spans = [span for mark, span in _lines(article) if mark in found]
            noise = merged([*article.noise, *spans])
            if noise != article.noise and _says_something(article.text, noise):
                yield article, noise


def _differ(articles: list[set[bytes]]) -> bool:
    """Whether articles that share a line are no versions of one story: most of their lines are their own."""
    first, *others = articles[: _COMPARED + 1]
    alike = sum(len(first & other) > _ALIKE * min(len(first), len(other)) for other in others)
    return alike * 2 < len(others)


def _lines(article: Article) -> Iterator[tuple[bytes, Span]]:
    """The lines that are long enough to tell, by a short digest of each, with where they stand."""
    position = 0
    for line in article.text.split("\n"):
        bare = line.strip()
        if _SHORTEST <= len(bare) <= _LONGEST:
            start = position + line.index(bare)
            yield blake2b(bare.encode(), digest_size=8).digest(), (start, start + len(bare))
        position += len(line) + 1


def _says_something(text: str, noise: tuple[Span, ...]) -> bool:
    """Whether half of the text is left beside the noise."""
    return sum(end - start for start, end in noise) * 2 < len(text)
