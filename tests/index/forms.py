"""One article in several formats, as people have it: written here by code, from its title, its facts and paragraphs."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from tests.index.readers.made import assembled, saved, sheets


@dataclass(frozen=True)
class Story:
    """What is written: figures, quotes and dashes come out as each format usually has them."""

    title: str
    paragraphs: tuple[str, ...]
    author: str = "Ann Lee"
    published: str = "2018-10-18"
    outlet: str | None = "The Alder Courier"


def text(story: Story) -> bytes:
    body = "\n\n".join(story.paragraphs).replace("“", '"').replace("”", '"').replace("’", "'").replace("—", "--")
    return f"{story.title}\n\nBy {story.author}\nOct. 18, 2018\n\n{body}\n".encode()


def page(story: Story) -> bytes:
    facts = {"@context": "https://schema.org", "@type": "NewsArticle", "headline": story.title,
             "datePublished": story.published, "author": {"@type": "Person", "name": story.author}}  # fmt: skip
    site = f'<meta property="og:site_name" content="{escape(story.outlet)}">' if story.outlet else ""
    body = "".join(f"<p>{escape(paragraph)}</p>\n" for paragraph in story.paragraphs)
    return f"""<!DOCTYPE html><html lang="en"><head><title>{escape(story.title)}</title>{site}
<script type="application/ld+json">{json.dumps(facts)}</script></head><body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/sport">Sport</a></li></ul></nav>
<article><h1>{escape(story.title)}</h1>{body}<p>Read more: <a href="/x">Storm closes harbor</a></p></article>
<footer><p>Copyright 2018. All rights reserved.</p></footer></body></html>""".encode()


def document(story: Story) -> bytes:
    from docx import Document

    written = Document()
    written.add_heading(story.title, level=0)
    for paragraph in (f"By {story.author}", *story.paragraphs):
        written.add_paragraph(paragraph)
    return saved(written.save)


def printed(story: Story, width: int = 80) -> bytes:
    """A PDF as little as a reader needs: the title in large letters, lines broken, a word of them with a hyphen."""
    import textwrap

    def shown(lines: Sequence[str], size: int) -> str:
        drawn = " T* ".join(f"({line}) Tj" for line in lines)
        return f"/F1 {size} Tf {size * 1.2:.0f} TL {drawn} T*"

    def pdf(line: str) -> str:
        plain = line.replace("“", '"').replace("”", '"').replace("’", "'").replace("—", "-")
        return plain.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")

    body = [line for paragraph in story.paragraphs for line in textwrap.wrap(paragraph, width)]
    broken: list[str] = []
    for line in body:
        last = line.rpartition(" ")[2]
        if len(last) > 8 and last.isalpha():
            line, broken = f"{line[:-4]}-", [*broken, f"{line[:-4]}-"]
            broken.append(last[-4:])
        else:
            broken.append(line)
    parts = [broken[first : first + 40] for first in range(0, len(broken), 40)]
    head = textwrap.wrap(story.title, 30)
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
    streams = []
    for number, lines in enumerate(parts, 1):
        first = f"{shown([pdf(line) for line in head], 20)} {shown([pdf(f'By {story.author}')], 11)} " * (number == 1)
        streams.append(f"BT 50 780 Td {first}{shown([*map(pdf, lines), str(number)], 11)} ET")
    return assembled(sheets(streams, font))


FORMS: dict[str, Callable[[Story], bytes]] = {"txt": text, "html": page, "docx": document, "pdf": printed}
