"""Files that mean harm, or came to harm: what each is made of, by its name."""

from __future__ import annotations

import io
import json
import random
import zipfile
import zlib
from collections.abc import Callable, Iterator

from tests.index.readers.made import FILES, PAGE, PARAGRAPHS, RECORD, archive, assembled, eml, pdf

MB = 1_000_000

_LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


def _feed(declared: str, text: str) -> str:
    return f"""<?xml version="1.0"?><!DOCTYPE rss [{declared}]>
<rss version="2.0"><channel><item><title>{text}</title><description>{text} said</description></item></channel></rss>"""


LAUGHS = _feed(f'<!ENTITY l0 "lol">{_LAUGHS}', "&l9;")
OUTSIDE = _feed('<!ENTITY x SYSTEM "file:///etc/passwd">', "&x;")


def bomb(size: int = 3_000 * MB) -> bytes:
    """An archive whose one text says that it is very long, and is."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed,
        packed.open("a.txt", "w", force_zip64=True) as member,
    ):
        for _ in range(size // MB):
            member.write(b"0" * MB)
    return file.getvalue()


def lying(size: int = 100 * MB) -> bytes:
    """An archive whose text is longer than its directory says."""
    data = archive(**{"a.txt": b"Oil rose. " * 10})
    packed = bytearray(archive_deflated("a.txt", b"0" * size))
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = packed.index(mark) + at
        packed[place : place + 4] = (100).to_bytes(4, "little")
    return bytes(packed) if data else b""


def archive_deflated(name: str, data: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(name, data)
    return file.getvalue()


def encrypted_zip() -> bytes:
    data = bytearray(archive(**{"a.txt": b"Oil rose."}))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + at] |= 1
    return bytes(data)


def pdf_bomb() -> bytes:
    """A page whose content unpacks to 200 MB."""
    packed = zlib.compress(b"BT (x) Tj ET\n" * (200 * MB // 13))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n" % len(packed) + packed + b"\nendstream",
    ]
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (number, content) for number, content in enumerate(objects, 1))
    return b"%PDF-1.4\n" + body + b"trailer << /Root 1 0 R /Size 5 >>\n%%EOF"


def many_pages(count: int) -> bytes:
    pages = f"<< /Type /Pages /Count {count} /Kids [{'3 0 R ' * count}] >>"
    return assembled(
        ["<< /Type /Catalog /Pages 2 0 R >>", pages, "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>"]
    )


def encrypted_pdf() -> bytes:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf())))
    writer.encrypt("secret", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def looping_pdf() -> bytes:
    return assembled(["<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Count 2 /Kids [2 0 R 2 0 R] >>"])


def attachments(count: int) -> bytes:
    parts = b"".join(
        b"--b\r\nContent-Type: image/gif\r\nContent-Disposition: attachment; filename=a.gif\r\n\r\nGIF\r\n"
        for _ in range(count)
    )
    head = b"Subject: Many\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
    return head + b"Content-Type: text/plain\r\n\r\nOil rose on Monday.\r\n" + parts + b"--b--\r\n"


def nested_mail(depth: int) -> bytes:
    head = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n" for n in range(depth))
    return f"Subject: Deep\r\n{head}Content-Type: text/plain\r\n\r\nOil rose.\r\n".encode()


SMALL: dict[str, Callable[[], bytes]] = {
    "cut.pdf": lambda: pdf()[:400],
    "encrypted.pdf": encrypted_pdf,
    "pages.pdf": lambda: many_pages(10_000),
    "loop.pdf": looping_pdf,
    "none.pdf": lambda: b"%PDF-1.4\nnothing of the kind",
    "html.pdf": PAGE.encode,
    "empty.pdf": lambda: b"",
    "nested.zip": lambda: archive(**{"b.zip": archive(**{"c.zip": archive(**{"a.txt": b"Oil"})})}),
    "lying.zip": lying,
    "encrypted.zip": encrypted_zip,
    "up.zip": lambda: archive(**{"../../../../tmp/up.txt": b"Oil rose.", "/etc/abs.txt": b"Gas fell."}),
    "cut.zip": lambda: archive(**{"a.txt": b"Oil rose."})[:-30],
    "none.zip": lambda: b"PK\x03\x04" + b"x" * 100,
    "many.zip": lambda: archive(**{f"{n}.jpg": b"" for n in range(3_000)}),
    "line.jsonl": lambda: b'{"text": "' + b"x" * (50 * MB) + b'"}\n{"text": "Oil rose."}',
    "line.txt": lambda: b"x" * (50 * MB),
    "word.txt": lambda: b"x" * (2 * MB),
    "scripts.html": lambda: PAGE.replace("</article>", "<script>alert(1)</script></article>").encode(),
    "deep.html": lambda: b"<html><body>" + b"<div>" * 100_000 + b"Oil rose." + b"</div>" * 100_000,
    "deepp.html": lambda: b"<html><body>" + b"<b><i>" * 50_000 + " ".join(PARAGRAPHS).encode(),
    "wide.html": lambda: b"<html><body>" + b"<p>a</p>" * 20_000,
    "attributes.html": lambda: b"<html><body><p " + b"a=1 " * 100_000 + b">Oil rose.</p>",
    "entities.html": lambda: b"<html><body><p>" + b"&amp;" * 100_000 + b"</p>",
    "nul.html": lambda: PAGE.encode().replace(b"ferry", b"fe\0rry"),
    "scheme.html": lambda: PAGE.replace("https://alder.example/ferry", "javascript:alert(1)").encode(),
    "ld.html": lambda: PAGE.replace('"headline"', '"a":' + "[" * 20_000 + ',"headline"').encode(),
    "deep.json": lambda: b"[" * 10_000 + b"]" * 10_000,
    "deepo.json": lambda: b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "big.json": lambda: b"[" + b"1," * 500_000 + b"1]",
    "none.json": lambda: b'{"text": ',
    "nan.json": lambda: json.dumps({**RECORD, "title": float("nan"), "published": float("inf")}).encode(),
    "quotes.csv": lambda: b'text,title\n"Oil rose, he said,x\n' + b"Gas fell.,y\n" * 20_000,
    "nul.csv": lambda: b"text,title\nOil\0 rose.,x\n",
    "wide.csv": lambda: b"text," + b"a," * 50_000 + b"\nOil rose." + b"," * 50_000,
    "utf16.txt": lambda: ("\ufeffOil rose on Monday.\n" * 20).encode("utf-16-le"),
    "utf16.csv": lambda: "\ufefftext,title\nOil rose on Monday.,Oil\n".encode("utf-16-le"),
    "sjis.txt": lambda: ("東京の石油は月曜日に上昇した。市場は静かだった。\n" * 20).encode("shift-jis"),
    "nul.txt": lambda: b"Oil\0rose\0" * 100,
    "laughs.xml": LAUGHS.encode,
    "outside.xml": OUTSIDE.encode,
    "cut.rss": lambda: FILES["a.rss"]()[:300],
    "attachments.eml": lambda: attachments(1_000),
    "deep.eml": lambda: nested_mail(500),
    "headers.eml": lambda: b"Subject: =?x?B?AA?=\r\nDate: 99 Foo\r\nFrom: <<>>\r\n" + b"X: y\r\n" * 9_000 + b"\r\nOil.",
    "cut.eml": lambda: eml()[:200],
    "from.mbox": lambda: b"From a\n" * 5_000,
    "none.mbox": lambda: b"no mailbox at all",
    "cut.docx": lambda: FILES["a.docx"]()[:2_000],
    "text.docx": lambda: b"Oil rose.",
    "zip.docx": lambda: archive(**{"a.txt": b"Oil"}),
    "cut.xlsx": lambda: FILES["a.xlsx"]()[:2_000],
    "laughs.docx": lambda: archive(**{"[Content_Types].xml": LAUGHS.encode(), "word/document.xml": LAUGHS.encode()}),
    "deep.rtf": lambda: b"{\\rtf1 " + b"{" * 50_000 + b"Oil rose." + b"}" * 50_000,
    "none.rtf": lambda: b"no rtf",
    "deep.md": lambda: b"> " * 20_000 + b"Oil rose.",
    "links.md": lambda: b"[" * 20_000 + b"Oil rose.",
}  # fmt: skip
"""Each is read in a moment; all of them together in some seconds."""

LARGE: dict[str, Callable[[], bytes]] = {
    "bomb.zip": bomb,
    "bomb.pdf": pdf_bomb,
    "bomb.docx": lambda: archive_deflated("word/document.xml", b"<a>" + b"0" * (400 * MB)),
    "bomb.xlsx": lambda: archive_deflated("xl/workbook.xml", b"<a>" + b"0" * (400 * MB)),
    "long.jsonl": lambda: b'{"text": "' + b"x" * (500 * MB) + b'"}',
    "long.txt": lambda: b"Oil rose.\n" * (60 * MB // 10),
    "rows.csv": lambda: b"text,title\n" + b"Oil rose on Monday.,x\n" * 60_000,
    "parts.eml": lambda: attachments(20_000),
}


def damaged(seed: int = 0, copies: int = 8) -> Iterator[tuple[str, bytes]]:
    """Good files of each format, cut off, with bytes changed, doubled, or left out."""
    chance = random.Random(seed)
    for name, make in FILES.items():
        good = make()
        for copy in range(copies):
            yield f"{copy}-{name}", hurt(good, chance)


def hurt(good: bytes, chance: random.Random) -> bytes:
    """A file after an accident."""
    data = bytearray(good)
    for _ in range(chance.choice((1, 1, 3, 20))):
        if not data:
            break
        at, how = chance.randrange(len(data)), chance.randrange(5)
        long = chance.choice((1, 4, 100))
        if how == 0:
            data[at] = chance.randrange(256)
        elif how == 1:
            del data[at:]
        elif how == 2:
            del data[at : at + long]
        elif how == 3:
            data[at:at] = data[at : at + long] * chance.choice((1, 2, 50))
        else:
            data[at : at + long] = bytes(chance.choice((0, 34, 40, 60, 92, 123, 255)) for _ in range(long))
    return bytes(data)
