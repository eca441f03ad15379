"""How well the text, the title, the date and the outlet of real pages are found: docs/lab/files.md has the figures.

    python tests/benchmarks/pages.py --data DATA [--others] [--rules] [--wrong]

DATA has `pages/`: 103 pages with the text of their articles. The text is scored as words, each as often as it stands:
precision, recall and F1 a page, and their means; without what is noise. Rules were made on the first 53 pages, by the
names of their files; the other 50 are "held". `--others`: other libraries on the same pages, as far as they are
installed. `--rules`: for each kind of noise how many lines it takes of the whole page and of the stored text, and how
many of these the gold text has in their place. `pages_facts.jsonl` has what 40 of the pages show, written down before
they were read by a program.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import io
import json
import re
import tarfile
import unicodedata
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from statistics import mean

from index.readers import Problem, read_source
from index.readers.boilerplate import boilerplate, rules
from index.readers.encoding import decode_page
from index.readers.fragment import text_of
from index.readers.noise import between_noise
from index.types import Article

MADE_ON = 53


class Page:
    """A page in memory, as a source."""

    def __init__(self, name: str, data: bytes) -> None:
        self.name, self.stem, self.suffix, self.data = f"{name}.html", name, ".html", data

    def size(self) -> int:
        return len(self.data)

    def open(self) -> io.BytesIO:
        return io.BytesIO(self.data)


def read_pages(data: Path) -> tuple[dict[str, str], dict[str, bytes]]:
    """The gold text and the markup of each page, by name."""
    with gzip.open(data / "pages" / "gold.json.gz") as file:
        gold = {name: page["text"] for name, page in json.load(file).items()}
    with tarfile.open(data / "pages" / "pages.tar.xz") as packed:
        files = [(member, packed.extractfile(member)) for member in packed if member.isfile()]
        return gold, {Path(member.name).stem: file.read() for member, file in files if file is not None}


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def score(gold: str, found: str) -> tuple[float, float, float]:
    """Precision, recall and F1 of the words."""
    wanted, got = Counter(words(gold)), Counter(words(found))
    both = sum((wanted & got).values())
    precision, recall = both / max(1, sum(got.values())), both / max(1, sum(wanted.values()))
    return precision, recall, 2 * precision * recall / (precision + recall) if both else 0.0


def tell(name: str, gold: dict[str, str], texts: dict[str, str]) -> None:
    """A line: the means over all pages, over those that rules were made on, and over the others."""
    names = sorted(gold)
    parts = []
    for some in (names, names[:MADE_ON], names[MADE_ON:]):
        figures = zip(*(score(gold[one], texts.get(one, "")) for one in some), strict=True)
        parts.append(" ".join(f"{mean(column):.4f}" for column in figures))
    print(f"{name:28} {' | '.join(parts)}", flush=True)


def others() -> dict[str, Callable[[bytes], str | None]]:
    """The libraries that are installed, each as its own page says."""
    found: dict[str, Callable[[bytes], str | None]] = {}
    import trafilatura

    found["trafilatura"] = trafilatura.extract
    found["trafilatura, no comments"] = lambda data: trafilatura.extract(data, include_comments=False)
    found["trafilatura, precision"] = lambda data: trafilatura.extract(
        data, include_comments=False, favor_precision=True
    )
    with contextlib.suppress(ImportError):
        import lxml.html
        from readability import Document

        found["readability"] = lambda data: lxml.html.fromstring(
            Document(data.decode("utf-8", "replace")).summary()
        ).text_content()
    with contextlib.suppress(ImportError):
        from resiliparse.extract.html2text import extract_plain_text

        found["resiliparse"] = lambda data: extract_plain_text(data.decode("utf-8", "replace"), main_content=True)
    with contextlib.suppress(ImportError):
        from boilerpy3 import extractors

        found["boilerpy3"] = lambda data: extractors.ArticleExtractor().get_content(data.decode("utf-8", "replace"))
    return found


def plain(text: str | None) -> str:
    return " ".join(words(unicodedata.normalize("NFKC", text or "")))


def tell_facts(articles: dict[str, Article], wrong: bool) -> None:
    """Of what the pages show, how much is found."""
    right, counted = Counter[str](), Counter[str]()
    for line in Path(__file__).with_name("pages_facts.jsonl").read_text(encoding="utf-8").splitlines():
        facts = json.loads(line)
        article = next((one for name, one in articles.items() if name.startswith(facts["page"])), None)
        for field in ("title", "published", "outlet"):
            if facts[field] is None:
                continue
            got = getattr(article, field, None)
            fits = got and got[:10] == facts[field] if field == "published" else None
            if fits is None:
                wanted = facts[field] if isinstance(facts[field], list) else [facts[field]]
                fits = plain(got) in map(plain, wanted)
            counted[field] += 1
            right[field] += bool(fits)
            if wrong and not fits:
                print(f"  {facts['page']} {field}: {got!r}, not {facts[field]!r}")
    print(", ".join(f"{field} {right[field]} of {counted[field]}" for field in counted))


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with pages/")
    parser.add_argument("--others", action="store_true", help="other libraries too")
    parser.add_argument("--rules", action="store_true", help="each kind of noise by itself")
    parser.add_argument("--wrong", action="store_true", help="name the facts that are not found")
    options = parser.parse_args()
    gold, pages = read_pages(options.data)
    articles: dict[str, Article] = {}
    for name, data in pages.items():
        for found in read_source(Page(name, data)):
            if isinstance(found, Article):
                articles[name] = found
            elif isinstance(found, Problem) and not found.harmless:
                print(f"  {name}: {found.reason}")
    print(f"{'':28} P, R, F1 of all | of the {MADE_ON} | held")
    tell("ours, noise and all", gold, {name: one.text for name, one in articles.items()})
    clean = {
        name: "\n".join(one.text[a:b] for a, b in between_noise(one.text, one.noise)) for name, one in articles.items()
    }
    tell("ours", gold, clean)
    for name, extract in (others() if options.others else {}).items():
        texts = {}
        for page, data in pages.items():
            with contextlib.suppress(Exception):
                texts[page] = extract(data) or ""
        tell(name, gold, texts)
    tell_facts(articles, options.wrong)
    if options.rules:
        tell_rules(gold, {name: text_of(decode_page(data)[0]) for name, data in pages.items()}, "whole pages")
        tell_rules(gold, {name: one.text for name, one in articles.items()}, "stored texts")


def tell_rules(gold: dict[str, str], texts: dict[str, str], what: str) -> None:
    """For each kind of noise how many lines it takes, and how many of these belong to the article by its gold text."""
    names = sorted(gold)
    print(what)
    for kind in rules():
        counts = []
        for some in (names[:MADE_ON], names[MADE_ON:]):
            lines = [(page, span) for page in some if page in texts for span in boilerplate(texts[page], (kind,))]
            held = sum(is_in_place(texts[page], span, gold[page]) for page, span in lines)
            counts.append(f"{len(lines)} lines, {held} of them in the gold text")
        print(f"  {kind:12} {' | '.join(counts)}")


def is_in_place(text: str, span: tuple[int, int], gold: str) -> bool:
    """Whether the gold text has a line, as a line of its own or with the two words that stand before or after it.

    The line's words alone say nothing: "Email" stands in a share bar, and in a sentence of the article.
    """
    start, end = span
    line, before, after = (words(part) for part in (text[start:end], text[:start][-300:], text[end:][:300]))
    if any(words(other) == line for other in gold.split("\n")):
        return True
    all_words = f" {' '.join(words(gold))} "
    return any(
        f" {' '.join(run)} " in all_words for run in (before[-2:] + line, line + after[:2]) if len(run) > len(line)
    )


if __name__ == "__main__":
    main()
