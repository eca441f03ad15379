"""Whether one article as text, web page, .docx and PDF is one, and others are not: docs/lab/files.md has the figures.

    python tests/benchmarks/forms.py --data DATA [--layouts]

DATA has `news/articles.jsonl.gz` and `pages/`. Twenty articles are written in each format by code, the PDF by
reportlab; with `--layouts` by typst too, in one and two columns, justified and hyphenated. Ten of them are revised: one
figure is another. Each is read, and told apart by its wording. `pages/`: how many pages have the wording of their gold
text, which people cut out of them.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import random
import re
import tempfile
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from xml.sax.saxutils import escape

from index.readers import read, read_source
from index.readers.wording import wording
from index.types import Article
from tests.benchmarks.pages import Page, read_pages
from tests.index.forms import Story, document, page, text

COUNT = 20


def stories(data: Path) -> list[Story]:
    found = []
    with gzip.open(data / "news" / "articles.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            paragraphs = tuple(part.strip() for part in record["text"].split("\n\n") if part.strip())
            title = " ".join(re.findall(r"[\w’'-]+", paragraphs[-1])[:11]).capitalize()  # none of these has its own
            if len(record["text"].split()) > 150 and re.search(r"\d", record["text"]):
                found.append(Story(title, paragraphs))
    return random.Random(7).sample(found, 2 * COUNT)


def printed(story: Story) -> bytes:
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import Paragraph, SimpleDocTemplate

    styles, out = getSampleStyleSheet(), io.BytesIO()
    parts = [Paragraph(escape(story.title), styles["Title"]), Paragraph(f"By {story.author}", styles["Normal"])]
    SimpleDocTemplate(out).build([*parts, *(Paragraph(escape(one), styles["BodyText"]) for one in story.paragraphs)])
    return out.getvalue()


def typeset(story: Story, columns: int) -> bytes:
    import typst

    def safe(said: str) -> str:
        return re.sub(r"([\\#$*_`<>@~=+/\[\]-])", r"\\\1", said)

    source = f"""#set page(width: 14cm, height: 20cm, columns: {columns}, header: [The Alder Courier], numbering: "1")
#set par(justify: true)
#set text(hyphenate: true, lang: "en", size: 9pt)
#place(top, scope: "parent", float: true)[= {safe(story.title)}]
By {story.author}

""" + "\n\n".join(map(safe, story.paragraphs))
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "a.typ").write_text(source, encoding="utf-8")
        return bytes(typst.compile(str(Path(folder) / "a.typ")))


def revised(story: Story, chance: random.Random) -> Story:
    """The story with one figure changed."""
    whole = "\n\n".join(story.paragraphs)
    figure = chance.choice(list(re.finditer(r"\d", whole)))
    other = str((int(figure.group()) + chance.randrange(1, 9)) % 10)
    return replace(story, paragraphs=tuple(f"{whole[: figure.start()]}{other}{whole[figure.end() :]}".split("\n\n")))


def wording_of(folder: Path, name: str, data: bytes) -> str:
    file = folder / name
    file.write_bytes(data)
    (article,) = [found for found in read(file, name) if isinstance(found, Article)]
    return wording(article)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--layouts", action="store_true")
    said = parser.parse_args()
    chance = random.Random(11)
    kinds = {"txt": text, "html": page, "docx": document, "pdf": printed}
    if said.layouts:
        kinds |= {"one.pdf": lambda one: typeset(one, 1), "two.pdf": lambda one: typeset(one, 2)}
    told = stories(said.data)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        whole = 0
        owners: dict[str, set[str]] = defaultdict(set)
        apart: dict[str, int] = defaultdict(int)
        for number, story in enumerate(told):
            found = {kind: wording_of(folder, f"{number}.{kind}", make(story)) for kind, make in kinds.items()}
            whole += len(set(found.values())) == 1
            for kind, value in found.items():
                apart[kind] += value != found["txt"]
                owners[value].add(str(number))
        print(f"{len(told)} articles in {len(kinds)} formats: {whole} are one; unlike the text: {dict(apart)}")
        for number, story in enumerate(told[:COUNT]):
            other = revised(story, chance)
            for kind, make in kinds.items():
                owners[wording_of(folder, f"r{number}.{kind}", make(other))].add(f"r{number}")
        print(f"wordings that two articles or revisions share: {sum(len(those) > 1 for those in owners.values())}")
    gold, pages = read_pages(said.data)
    same = 0
    for page_name, markup in pages.items():
        for found in read_source(Page(page_name, markup)):
            if isinstance(found, Article):
                wanted = Article("gold", gold[page_name], "gold.txt", title=found.title)
                same += wording(found) == wording(wanted) != ""
    print(f"pages with the wording of their gold text: {same} of {len(pages)}")


if __name__ == "__main__":
    main()
