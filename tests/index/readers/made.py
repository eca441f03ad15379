"""Files of each format with one article in them, made in the test: what they say is known."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Sequence
from email.message import EmailMessage

TITLE = "Ferry service resumes after storm"
PARAGRAPHS = (
    "The ferry between Alder Point and Whitby resumed on Monday after a storm had closed the harbor for nine days, "
    "the port authority said in a statement.",
    "About 1,400 passengers had been waiting on the island, and the first boat carried 312 of them, said Nora Quist, "
    "who runs the terminal at Alder Point.",
    "Repairs to the pier cost $2.3 million, most of which the state will pay, according to the harbor master. "
    "A second boat is to join the line in March.",
)
TEXT = "\n\n".join(PARAGRAPHS)
FACTS = {
    "outlet": "The Alder Courier",
    "author": "Ann Lee",
    "published": "2018-10-18",
    "url": "https://alder.example/ferry",
}

PAGE = f"""<!DOCTYPE html><html lang="en"><head><title>{TITLE} - The Alder Courier</title>
<meta property="og:site_name" content="The Alder Courier"><link rel="canonical" href="https://alder.example/ferry">
<script type="application/ld+json">{
    json.dumps(
        {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "headline": TITLE,
            "datePublished": "2018-10-18",
            "author": {"@type": "Person", "name": "Ann Lee"},
        }
    )
}</script>
<script>var hidden = "do not quote me";</script></head><body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/sport">Sport</a></li></ul></nav>
<article><h1>{TITLE}</h1>{"".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)}
<p>Read more: <a href="/x">Storm closes harbor</a></p></article>
<footer><p>Copyright 2018 The Alder Courier. All rights reserved.</p></footer></body></html>"""

RECORD = {"text": TEXT, "title": TITLE, **FACTS}


def docx() -> bytes:
    from docx import Document

    document = Document()
    document.add_heading(TITLE, level=0)
    for paragraph in ("By Ann Lee", "Oct. 18, 2018", *PARAGRAPHS):
        document.add_paragraph(paragraph)
    table = document.add_table(rows=1, cols=2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "Alder Point", "312"
    return saved(document.save)


def xlsx() -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    book.active.append([*RECORD, "n"])
    book.active.append([*RECORD.values(), 1])
    return saved(book.save)


def saved(save: Callable[[io.BytesIO], object]) -> bytes:
    file = io.BytesIO()
    save(file)
    return file.getvalue()


def eml(subtype: str = "plain") -> bytes:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["Date"] = (
        TITLE,
        "Ann Lee <ann@alder.example>",
        "Thu, 18 Oct 2018 09:30:00 -0400",
    )
    mail.set_content(TEXT if subtype == "plain" else "".join(f"<p>{p}</p>" for p in PARAGRAPHS), subtype=subtype)
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="a.pdf")
    return mail.as_bytes()


def mbox() -> bytes:
    return b"From ann Thu Oct 18 09:30:00 2018\n" + eml() + b"\nFrom bo Fri Oct 19 09:30:00 2018\n" + eml("html")


def mhtml() -> bytes:
    mail = EmailMessage()
    mail["Snapshot-Content-Location"] = "https://alder.example/ferry"
    mail.set_content(PAGE, subtype="html")
    mail.add_related(b"GIF89a", maintype="image", subtype="gif")
    return mail.as_bytes()


def rss() -> bytes:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
    return f"""<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<title>The Alder Courier</title><item><title>{TITLE}</title><link>https://alder.example/ferry</link><guid>f1</guid>
<author>Ann Lee</author><pubDate>Thu, 18 Oct 2018 09:30:00 GMT</pubDate><description>Short.</description>
<content:encoded><![CDATA[{body}]]></content:encoded></item></channel></rss>""".encode()


def atom() -> bytes:
    return f"""<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>The Alder Courier</title>
<entry><id>f1</id><title>{TITLE}</title><link href="https://alder.example/ferry"/><author><name>Ann Lee</name></author>
<published>2018-10-18T09:30:00Z</published><summary>{TEXT}</summary></entry></feed>""".encode()


def rtf() -> bytes:
    body = "\\par\n".join((TITLE, "By Ann Lee", *PARAGRAPHS)).replace("’", "\\'92")
    return ("{\\rtf1\\ansi\\ansicpg1252 " + body + "}").encode("latin-1")


def pdf(pages: tuple[str, ...] = (TEXT,), head: str = "", title: str = TITLE) -> bytes:
    """A PDF of text in lines of 90 characters, as little as a reader needs; `head` stands on each page."""
    import textwrap

    streams = []
    for number, page in enumerate(pages, 1):
        lines = [head.format(number)] * bool(head) + [
            line for part in page.split("\n") for line in textwrap.wrap(part, 90)
        ]
        shown = " T* ".join(
            "(" + line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)") + ") Tj" for line in lines
        )
        streams.append(f"BT /F1 11 Tf 14 TL 50 780 Td {shown} ET")
    objects = sheets(streams, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    objects.append(f"<< /Title ({title}) /Author (Ann Lee) /CreationDate (D:20181018093000Z) >>")
    return assembled(objects, f"/Info {len(objects)} 0 R")


def sheets(streams: Sequence[str], font: str) -> list[str]:
    """The objects of a PDF's pages, each what a stream draws, in this font, F1."""
    objects, kids = ["<< /Type /Catalog /Pages 2 0 R >>", "", font], []
    for stream in streams:
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
        objects.append(f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {len(objects)} 0 R "
                       "/Resources << /Font << /F1 3 0 R >> >> >>")  # fmt: skip
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(kids)}] >>"
    return objects


def assembled(objects: list[str], more: str = "") -> bytes:
    """A PDF of these objects, the first of them its root."""
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{content}\nendobj\n".encode("latin-1")
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    index = (
        f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
        f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R {more} >>\nstartxref\n{len(out)}\n%%EOF"
    )
    return bytes(out) + index.encode()


def csv(separator: str = ",") -> bytes:
    row = separator.join('"' + value.replace('"', '""') + '"' for value in RECORD.values())
    return f"{separator.join(RECORD)}\n{row}\n".encode()


def archive(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        for name, data in members.items():
            packed.writestr(name, data)
    return file.getvalue()


MARKDOWN = f"---\ntitle: {TITLE}\nauthor: Ann Lee\ndate: 2018-10-18\n---\n\n" + TEXT.replace("ferry", "**ferry**", 1)

FILES: dict[str, Callable[[], bytes]] = {
    "a.txt": lambda: f"{TITLE}\n\nBy Ann Lee\nOct. 18, 2018\n\n{TEXT}".encode(),
    "a.jsonl": lambda: json.dumps(RECORD).encode(),
    "a.json": lambda: json.dumps({"meta": {"n": 1}, "articles": [RECORD]}).encode(),
    "a.html": PAGE.encode,
    "a.mhtml": mhtml,
    "a.pdf": pdf,
    "a.docx": docx,
    "a.rtf": rtf,
    "a.md": MARKDOWN.encode,
    "a.csv": csv,
    "a.tsv": lambda: csv("\t"),
    "a.xlsx": xlsx,
    "a.eml": eml,
    "a.mbox": mbox,
    "a.rss": rss,
    "a.atom": atom,
    "a.zip": lambda: archive(**{"news/b.html": PAGE.encode(), "c.jpg": b"\xff\xd8"}),
}
