"""For every citation, by the contract's recipe: what the file holds at its offsets is the quote."""

import json
from pathlib import Path

import pytest

from index.models.embed import Embedder
from index.update import writing
from qa.assistant import Assistant
from qa.types import Citation

BODY = (
    "The mayor of Łódź — Hanna Zdanowska — spoke on Monday.\n\n"
    "{mosads}“We will plant 1,200 trees,” she said; the café on Piotrkowska Street stays open.\n"
    "Officials in Montréal planted 900 trees in 2017."
)
PLAIN = BODY.replace("Łódź", "Orléans").replace("“", '"').replace("”", '"').replace("—", "-")
QUESTIONS = ("How many trees will be planted?", "When did the mayor speak?", "Which café stays open?")

FILES = {
    "utf8.txt": BODY.encode(),
    "bom.txt": b"\xef\xbb\xbf" + BODY.encode(),
    "crlf.txt": BODY.replace("\n", "\r\n").encode(),
    "cr.txt": BODY.replace("\n", "\r").encode(),
    "latin1.txt": PLAIN.encode("latin-1"),
    "cp1252.txt": BODY.replace("Łódź", "Orléans").encode("cp1252"),
    "utf16.txt": BODY.encode("utf-16"),
    "records.jsonl": (
        json.dumps({"id": "other", "text": "Nothing here.\r\nReally."})
        + "\r\n\r\n"
        + json.dumps({"id": "record", "text": BODY})
    ).encode(),
    "bom.jsonl": b"\xef\xbb\xbf" + json.dumps({"text": BODY.replace("\n", "\r\n")}, ensure_ascii=False).encode(),
}


def quoted(citation: Citation, folder: Path) -> str:
    """What stands at the citation's offsets, read from the file as the contract says."""
    path = folder / citation.path
    if not citation.place:
        with path.open(encoding=citation.encoding) as file:
            stored = file.read()
    else:
        with path.open(encoding="utf-8-sig", newline="\n") as file:
            stored = json.loads(file.readlines()[citation.place.record - 1])["text"]
    return stored[citation.start : citation.end]


@pytest.mark.parametrize("name", FILES)
def test_quotes_are_verbatim_at_their_offsets(
    name: str, tmp_path: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_bytes(FILES[name])
    with writing(tmp_path / ".qa", embedder) as writer:
        assert [event.status for event in writer.update([Path(name)])].count("failed") == 0
    cited = []
    with Assistant(Path(".qa")) as assistant:
        for question in QUESTIONS:
            cited += assistant.ask(question).citations
    assert len(cited) >= len(QUESTIONS)
    for citation in cited:
        assert quoted(citation, tmp_path) == citation.quote
        assert "mosads" not in citation.quote
        assert not citation.changed


def test_a_file_that_changed_or_went_is_said(tmp_path: Path, embedder: Embedder) -> None:
    file = tmp_path / "news.jsonl"
    records = [
        {"id": "a", "text": "A fire burned in Lyon on Monday."},
        {"id": "b", "text": "A storm hit Dover on Friday."},
    ]
    file.write_text("\n".join(map(json.dumps, records)))
    with writing(tmp_path / ".qa", embedder) as writer:
        list(writer.update([file]))

    def changed(question: str) -> bool:
        with Assistant(tmp_path / ".qa") as assistant:
            return assistant.ask(question).citations[0].changed

    assert not changed("When did a fire burn in Lyon?")
    records[1]["text"] = "A storm hit Calais on Friday."
    file.write_text("\n".join(map(json.dumps, records)))
    assert not changed("When did a fire burn in Lyon?")  # the file did, this record did not
    assert changed("When did a storm hit Dover?")
    file.unlink()
    assert changed("When did a fire burn in Lyon?")
