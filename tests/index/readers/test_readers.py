"""Files -> articles: stored text by the contract's recipe, ids, titles, dates, and a Problem for all that is none."""

import codecs
import errno
import io
import json
import os
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.dates import iso_date
from index.readers import Problem, Skipped, read, read_source, reread, walk
from index.readers.base import derive_title
from index.readers.noise import find_noise
from index.readers.text import decode
from index.types import WHOLE_FILE, Article, Place
from tests.index.readers.held import Held


def articles(path: Path, **options: Any) -> list[Article]:
    found = list(read(path, path.name, **options))
    assert all(isinstance(item, Article) for item in found), found
    return [item for item in found if isinstance(item, Article)]


def problems(path: Path, **options: Any) -> list[tuple[int | None, str, bool]]:
    found = list(read(path, path.name, **options))
    return [(item.place.record, item.reason, item.harmless) for item in found if isinstance(item, Problem)]


def jsonl(path: Path, *records: object) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


# ---- text files ------------------------------------------------------------------------------------------------------

TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs"], include_characters="\n\r\t"), min_size=1).map(
    "Oil. ".__add__
)


@given(TEXT, st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
@example("Oil.\r\nRose.\rFell.\n", "utf-8")
@example("“Oil” rose.\r\n\r\nIt fell.", "utf-16")
def test_the_stored_text_is_what_open_reads(tmp_path: Path, text: str, encoding: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode(encoding))
    (article,) = articles(path)
    with path.open(encoding=article.encoding, errors="replace") as file:
        assert article.text == file.read()
    assert article.text.strip("\ufeff") == text.replace("\r\n", "\n").replace("\r", "\n").strip("\ufeff")


@pytest.mark.parametrize(
    ("data", "encoding", "text"),
    [
        (b"Caf\xc3\xa9", "utf-8", "Café"),
        (codecs.BOM_UTF8 + b"Caf\xc3\xa9\r\nOil\rGas", "utf-8-sig", "Café\nOil\nGas"),
        (b"Caf\xe9 \x93oil\x94", "cp1252", "Café “oil”"),
        (b"Caf\xe9 and a lot of other words in Latin-1 " * 9 + b"\x81", "latin-1", None),
        (codecs.BOM_UTF16_LE + "Oil\r\n".encode("utf-16-le"), "utf-16", "Oil\n"),
        (codecs.BOM_UTF16_BE + "Oil\r\n".encode("utf-16-be"), "utf-16", "Oil\n"),
    ],
)
def test_encodings(tmp_path: Path, data: bytes, encoding: str, text: str | None) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    (article,) = articles(path)
    assert article.encoding == encoding
    with path.open(encoding=encoding) as file:
        assert article.text == file.read()
    assert text is None or article.text == text


@pytest.mark.parametrize(
    "data",
    [
        bytes(range(256)),
        b"\x89PNG\r\n\x1a\n" + b"\0" * 50,
        codecs.BOM_UTF8 + b"Caf\xe9",
        codecs.BOM_UTF32_LE + "Oil rose".encode("utf-32-le"),
        "Oil rose".encode("utf-16-le"),
        codecs.BOM_UTF16_LE + b"\x00\xd8\x00",
        b"%PDF-1.7\n" + bytes(range(1, 32)) * 9,
    ],
)
def test_bytes_that_are_no_text(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    ((_, reason, harmless),) = problems(path)
    assert reason.startswith("not a text file")
    assert not harmless


def test_a_wire_story_between_its_marks(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"\x01\x02 Pakistan will hold an import tender tomorrow, traders said.\r\nREUTER \x03\x04\n")
    (found,) = read(path, "a.txt", 1000)
    assert isinstance(found, Article)
    assert "Pakistan" in found.text
    path.write_bytes(b"\x02 \n\x03")
    ((_, reason, _),) = problems(path)
    assert reason == "empty"


@given(st.binary())
def test_any_bytes_are_text_or_a_value_error(data: bytes) -> None:
    try:
        text, encoding, strays = decode(data)
    except ValueError:
        return
    assert "\0" not in text
    assert "\r" not in text
    assert io.TextIOWrapper(io.BytesIO(data), encoding, errors="replace").read() == text
    assert bool(strays) == (_strict(data, encoding) is None)


def _strict(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


ACCENTED = "Zoë Müller of Besançon paid José Núñez “nine” crowns. "


@pytest.mark.parametrize(
    ("data", "encoding", "places"),
    [
        (ACCENTED.encode() + b"Photo: Bo Ek \x96 agency", "utf-8", 1),
        (ACCENTED.encode() + b"\x93Oil\x94", "utf-8", 2),
        (ACCENTED.encode() + "É".encode()[:1], "utf-8", 1),
        ((ACCENTED + "\ufffd ").encode() + b"\x96", "utf-8", 2),  # one was there before
        (codecs.BOM_UTF8 + b"Bo Ek \x96 he is with the agency - sold oil.", "utf-8-sig", 1),
        (codecs.BOM_UTF16_LE + ACCENTED.encode("utf-16-le")[:-1], "utf-16", 1),
        (b"Photo: Bo Ek \x96 agency", "cp1252", 0),
        (ACCENTED.encode("cp1252"), "cp1252", 0),
        ("The CAFÉ” of “Zoë” and “Jo”".encode("cp1252"), "cp1252", 0),  # one pair of bytes is UTF-8 by chance
    ],
)
def test_a_stray_byte_is_marked_and_garbles_nothing_else(
    tmp_path: Path, data: bytes, encoding: str, places: int
) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    *notes, article = read(path, "a.txt")
    assert isinstance(article, Article)
    assert (article.encoding, article.text.count("\ufffd")) == (encoding, places)
    assert article.text == path.read_text(encoding=encoding, errors="replace")
    assert [(note.harmless, "not in its encoding" in note.reason) for note in notes if isinstance(note, Problem)] == [
        (True, True)
    ] * bool(places)
    again = reread(path, article)
    assert again is not None
    assert again.digest() == article.digest()


def test_a_stray_byte_in_a_record_is_marked(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"text": "' + ACCENTED.encode() + b'\x96 oil"}\n{"text": "Gas fell."}\n')
    note, first, second = read(path, "a")
    assert isinstance(note, Problem)
    assert isinstance(first, Article)
    assert isinstance(second, Article)
    assert (note.place.record, note.harmless) == (1, True)
    assert first.text == ACCENTED + "\ufffd oil"


@pytest.mark.parametrize("data", [b"", b" \n\t\r\n", codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF8 + b"\n"])
@pytest.mark.parametrize("name", ["a.txt", "a.jsonl"])
def test_empty_files(tmp_path: Path, data: bytes, name: str) -> None:
    if data == codecs.BOM_UTF16_LE and name == "a.jsonl":
        data = b"\r\n"
    path = tmp_path / name
    path.write_bytes(data)
    assert problems(path) == [(None, "empty", False)]
    assert len(list(read(path, "a"))) == 1


def test_a_text_of_20_megabytes_is_refused_unless_allowed(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"The oil price rose.\n" * 1_000_000)
    assert problems(path) == [
        (None, "too large (20.0 MB, more than the limit of 5 MB an article; --max-mb raises it)", False)
    ]
    assert len(articles(path, max_bytes=20_000_000)[0].text) == 20_000_000


# ---- what is no file -------------------------------------------------------------------------------------------------


def test_things_that_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.txt")  # opening it would wait for a writer
    (tmp_path / "dangling.txt").symlink_to("nowhere.txt")
    (tmp_path / "loop.txt").symlink_to("loop.txt")
    (tmp_path / "a.doc").write_text("Oil")
    (tmp_path / "noext").write_text("Oil")
    (tmp_path / "folder.txt").mkdir()
    expected = {
        "fifo.txt": "not a file",
        "dangling.txt": "a link that leads nowhere",
        "loop.txt": "Too many levels of symbolic links",
        "missing.txt": "no such file or folder",
        "missing": "no such file or folder",
        "a.txt/b.txt": "no such file or folder",
        "a.doc": ".doc: not a type that is read; save it as .docx",
        "noext": "no suffix: not a type that is read; if it is text, rename it to .txt",
        "folder.txt": "a folder",
        "n" * 300 + ".txt": "File name too long",
        "nul\0.txt": "embedded null byte",
    }
    assert {name: problems(tmp_path / name)[0][1] for name in expected} == expected


def test_files_and_folders_that_may_not_be_read(unprivileged: Path) -> None:
    (unprivileged / "good.txt").write_text("Oil rose.")
    (unprivileged / "secret.txt").write_text("Oil fell.")
    (unprivileged / "secret.txt").chmod(0)
    for mode in (0o000, 0o600):  # may not be listed; may be listed, but what is in it may not be looked at
        folder = unprivileged / f"folder{mode}"
        folder.mkdir()
        (folder / "a.txt").write_text("Oil")
        folder.chmod(mode)
    found = {path.name: next(iter(read(path, path.name))) for path in walk(unprivileged, Skipped())}
    for folder in unprivileged.glob("folder*"):
        folder.chmod(0o700)
    assert isinstance(found.pop("good.txt"), Article)
    assert {name: problem.reason for name, problem in found.items() if isinstance(problem, Problem)} == dict.fromkeys(
        ["secret.txt", "folder0", "a.txt"], "Permission denied"
    )


@pytest.mark.skipif(os.name != "posix", reason="names are bytes on POSIX only")
def test_a_name_that_is_not_utf8_is_a_problem_that_can_be_printed(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt"))
    path.write_text("Oil rose.")
    (found,) = read(path, path.name)
    assert found == Problem(r"caf\xe9.txt", WHOLE_FILE, "its name is not UTF-8; rename it")


def test_a_name_of_several_lines_or_of_255_bytes_is_a_name(tmp_path: Path) -> None:
    (tmp_path / "oil\n prices.txt").write_text("Oil rose.")
    (tmp_path / ("x" * 251 + ".txt")).write_text("Gas fell.")
    found = [article for path in walk(tmp_path, Skipped()) for article in articles(path)]
    assert [(article.id, article.path[:4]) for article in found] == [("oil prices", "oil\n"), ("x" * 251, "xxxx")]
    (unnamed,) = read(Path("a\ud800.txt"), "a\ud800.txt")
    assert isinstance(unnamed, Problem)
    assert unnamed.path == r"a\ud800.txt"  # half a surrogate pair is no byte of a name


# ---- folders ---------------------------------------------------------------------------------------------------------


def test_a_walk_finds_articles_in_order_and_notes_the_rest(tmp_path: Path) -> None:
    for name in [
        "b/c.txt",
        "b/a.JSONL",
        "a.txt",
        "a.doc",
        ".hidden.txt",
        ".git/x.txt",
        "old/catalog.sqlite",
        "old/x.txt",
    ]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("Oil")
    (tmp_path / "round").symlink_to(tmp_path)
    (tmp_path / "z.txt").symlink_to(tmp_path / "a.txt")
    skipped = Skipped()
    assert [str(path.relative_to(tmp_path)) for path in walk(tmp_path, skipped)] == [
        "a.txt",
        "b/a.JSONL",
        "b/c.txt",
        "z.txt",
    ]
    assert [path.name for path in skipped] == [".hidden.txt", "a.doc", "round"]


# ---- JSONL -----------------------------------------------------------------------------------------------------------


def test_lines_with_marks_blanks_and_line_separators(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    lines = [
        codecs.BOM_UTF8 + b'{"id": "one", "text": "Oil\\r\\nrose."}\r\n',
        b"\r\n",
        b"   \n",
        '{"id": "two", "text": "Oil\u2028fell\u0085."}\n'.encode(),
        b'{"text": "No newline at the end"}',
    ]
    path.write_bytes(b"".join(lines))
    found = articles(path)
    assert [(a.id, a.place.record, a.text) for a in found] == [
        ("one", 1, "Oil\r\nrose."),
        ("two", 4, "Oil\u2028fell\x85."),
        ("a-5", 5, "No newline at the end"),
    ]
    for article in found:
        assert article.place.record is not None
        line = path.read_bytes().split(b"\n")[article.place.record - 1].decode("utf-8-sig")
        assert json.loads(line)["text"] == article.text
        again = reread(path, article)
        assert again is not None
        assert again.digest() == article.digest()


def test_broken_lines_among_good_ones(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    broken = [
        (b'{"text": ', "not JSON (Expecting value"),
        (b'["text"]', "a list, not a JSON object"),
        (b"7.5", "a number, not a JSON object"),
        (b"null", "null, not a JSON object"),
        (b'"text"', "a string, not a JSON object"),
        (b'{"title": "x", "lede": "y"}', 'no "text" (it has "title", "lede"; --map text=NAME says which)'),
        (b'{"text": NaN}', 'no "text"'),
        (b'{"text": 5}', '"text" is a number'),
        (b'{"text": true}', '"text" is true or false'),
        (b'{"text": {"p": "x"}}', '"text" is an object'),
        (b'{"text": ["x", 5]}', '"text" is a list'),
        (b'{"text": []}', '"text" is a list'),
        (b'{"text": " \\n"}', "empty"),
        (b'{"text": "caf\xe9"}', "not UTF-8"),
        (b'{"text": "a\\u0000b"}', "the text holds characters that are no text"),
        (b'{"text": "a\\ud800b"}', "the text holds characters that are no text"),
        (b"[" * 100_000, "not JSON (nested too deep)"),
        (b'{"text": "' + b"x" * 2_000_000 + b'"}', "too large (2.0 MB"),
        (b'{"id": ' + b"9" * 5000 + b"}", "not JSON ("),
    ]
    good = b'{"id": %d, "text": "Oil rose."}'
    path.write_bytes(b"\n".join(line for i, (bad, _) in enumerate(broken) for line in (good % i, bad)))
    found = list(read(path, "a", max_bytes=1_000_000))
    assert [item.id for item in found if isinstance(item, Article)] == [str(i) for i in range(len(broken))]
    for (_, expected), number, (record, reason, harmless) in zip(
        broken, range(2, 199, 2), problems(path, max_bytes=1_000_000), strict=False
    ):
        assert record == number
        assert reason.startswith(expected)
        assert not harmless
        assert "\n" not in reason
    assert len(problems(path, max_bytes=1_000_000)) == len(broken)


def test_all_fields(tmp_path: Path) -> None:
    given = {"outlet": "AP", "url": "http://x/"}
    record = {"id": 0, "text": "Oil.", "title": " Oil\n up ", "author": ["A", "B"], "published": "Oct. 18, 2018"}
    read_as = {"title": "Oil up", "author": "A, B", "published": "2018-10-18"}
    origins = tuple((name, "record") for name in ("title", "outlet", "author", "published", "url"))
    expected = Article("0", "Oil.", "a.jsonl", "0", Place(record=1), origins=origins, **read_as, **given)
    assert articles(jsonl(tmp_path / "a.jsonl", record | given)) == [expected]


@pytest.mark.parametrize(
    ("published", "date", "note"),
    [
        ("N/A", None, None),
        (float("nan"), None, None),
        (None, None, None),
        ("0000-00-00 00:00:00", None, None),
        ("October 2018", "2018-10", None),
        ("yesterday", None, "no date can be read in 'yesterday'"),
        (False, None, "no date can be read in 'False'"),
        ("10/11/2018", None, "'10/11/2018' can be read as two dates"),
        ({"day": 5}, None, "no date can be read in a 'day'"),
    ],
)
def test_no_date_loses_an_article(tmp_path: Path, published: object, date: str | None, note: str | None) -> None:
    *notes, article = read(jsonl(tmp_path / "a.jsonl", {"text": "Oil rose.", "published": published}), "a")
    assert isinstance(article, Article)
    assert article.published == date
    assert [item.reason for item in notes if isinstance(item, Problem) and item.harmless] == (
        [f'"published": {note}{"; write YYYY-MM-DD" * ("two" in note)}; it goes in without a date'] if note else []
    )


@pytest.mark.parametrize("missing", [float("nan"), "nan", "NaN", None, "None", "null", " ", [], [None, "nan"], {}])
def test_a_missing_field_is_none(tmp_path: Path, missing: object) -> None:
    fields = dict.fromkeys(("id", "title", "outlet", "author", "url"), missing)
    (article,) = articles(jsonl(tmp_path / "a.jsonl", {"text": "Oil rose.", **fields}))
    assert (article.id, article.title) == ("a-1", "Oil rose.")
    assert (article.outlet, article.author, article.url) == (None, None, None)


def test_names_come_in_objects_and_paragraphs_in_lists(tmp_path: Path) -> None:
    record = {
        "text": ["Oil rose.\r\n", None, "Gas fell."],
        "outlet": {"id": None, "name": "AP"},
        "author": [{"name": "Bo Ek"}, None, "Nan Sand"],
    }
    (article,) = articles(jsonl(tmp_path / "a.jsonl", record))
    assert (article.text, article.outlet, article.author) == ("Oil rose.\r\n\n\nGas fell.", "AP", "Bo Ek, Nan Sand")


def test_ids_are_kept_as_text_and_lines_stand_in_for_them(tmp_path: Path) -> None:
    ids = ["a:b", "a b", "1-2", 7, 7.5, "", None, "é"]
    found = articles(jsonl(tmp_path / "my news.jsonl", *({"id": id_, "text": "Oil"} for id_ in ids)))
    assert [a.id for a in found] == ["a:b", "a b", "1-2", "7", "7.5", "my news-6", "my news-7", "é"]


def test_no_two_records_of_a_file_have_one_key(tmp_path: Path) -> None:
    records = [{"id": "x"}, {"id": "x"}, {}, {"id": "3"}, {"id": "x@2"}, {"id": 4}, {}, {"id": " 7"}, {"id": "7"}]
    found = list(read(jsonl(tmp_path / "a.jsonl", *({**r, "text": "Oil"} for r in records)), "a"))
    keys = [item.key for item in found if isinstance(item, Article)]
    assert len(keys) == len(set(keys)) == len(records)
    notes = [(item.place.record, item.reason) for item in found if isinstance(item, Problem)]
    assert notes == [(2, "the id 'x' stands twice in this file"), (9, "the id '7' stands twice in this file")]


def test_a_gold_set_is_one_harmless_note(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "a.jsonl", {"question": "Who?", "answers": []}, {"question": "When?"})
    assert problems(path) == [(None, "2 questions of a gold set, no article", True)]


def test_rereading_what_is_gone(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "a.jsonl", {"text": "One"}, {"text": "Two"})
    second = articles(path)[1]
    jsonl(path, {"text": "One"})
    assert reread(path, second) is None
    path.unlink()
    assert reread(path, second) is None
    assert reread(path, Article(id="a", text="One", path="a.txt")) is None


# ---- sources that are no files ---------------------------------------------------------------------------------------


class Broken(Held):
    def open(self) -> BinaryIO:
        raise OSError(errno.EIO, "Input/output error")


@given(st.sampled_from(["a.txt", "b/a.TXT", "a.jsonl", "a.doc", "a"]), st.binary() | TEXT.map(str.encode))
@example("a.jsonl", b'{"text": "Oil rose."}\n{"id": "x", "text": "{mosads}Gas fell."}\n5')
def test_any_source_is_read_as_a_file_is(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    assert list(read_source(Held(name, data))) == list(read(path, name))


@pytest.mark.parametrize("name", ["a.txt", "a.jsonl"])
def test_a_source_that_fails_is_a_problem(name: str) -> None:
    assert list(read_source(Broken(name, b"Oil"))) == [Problem(name, WHOLE_FILE, "Input/output error")]


def test_the_noise_of_an_article_is_found_by_its_reader(tmp_path: Path) -> None:
    text = "Oil rose.{mosads} Gas fell."
    (tmp_path / "a.txt").write_text(text)
    found = [*articles(tmp_path / "a.txt"), *articles(jsonl(tmp_path / "a.jsonl", {"text": text}))]
    assert [article.noise for article in found] == [((9, 17),)] * 2


# ---- titles and dates ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Storm hits coast\n\nA storm hit.", "Storm hits coast"),
        ("  Storm   hits\tcoast  \nA storm hit.", "Storm hits coast"),
        ("{mosads}Storm hits coast\nA storm hit.", "Storm hits coast"),
        ("Advertisement\nStorm hits coast\nA storm hit.", "Storm hits coast"),
        ("Storm hits coast as\nthousands flee\n\nA storm hit.", "Storm hits coast as thousands flee"),
        (
            "A storm that hit the coast\nhas closed the port\nfor days. It left.",
            "A storm that hit the coast has closed the port for days. It left.",
        ),
        ("One line only.", "One line only."),
        ("A storm hit.\nIt left.", "A storm hit."),
        ("word " * 40, "word " * 17 + "word…"),
        ("x" * 200, "x" * 90 + "…"),
        ("{mosads}", ""),
        ("", ""),
    ],
)
def test_titles(text: str, title: str) -> None:
    assert derive_title(text, find_noise(text)) == title


def test_the_seed_has_the_start_of_its_first_sentence_as_title(seed_text: str) -> None:
    assert (
        derive_title(seed_text, find_noise(seed_text))
        == "The Mexican government said Thursday it would seek help from the United Nations refugee…"
    )


@pytest.mark.parametrize(
    ("value", "date"),
    [
        (None, None),
        ("", None),
        ("  ", None),
        ("2018-10-18", "2018-10-18"),
        ("20181018", "2018-10-18"),
        (20181018, "2018-10-18"),
        ("2018", "2018"),
        (2018, "2018"),
        ("2018-10", "2018-10"),
        ("2018-10-18T09:30:00Z", "2018-10-18T09:30:00+00:00"),
        ("2018-10-18 09:30", "2018-10-18T09:30:00"),
        ("Oct. 18, 2018", "2018-10-18"),
        ("18 October 2018", "2018-10-18"),
        ("10/18/2018", "2018-10-18"),
        ("18.10.2018", "2018-10-18"),
        ("5/5/2018", "2018-05-05"),
        ("Thu, 18 Oct 2018 20:00:00 GMT", "2018-10-18T20:00:00+00:00"),
        ("Oct 18, 2018 10:00 AM EST", "2018-10-18T10:00:00-05:00"),
        ("Oct 18, 2018 10:00 XYZ", "2018-10-18T10:00:00"),
        (1539820800, "2018-10-18T00:00:00+00:00"),
        ("1539820800.25", "2018-10-18T00:00:00+00:00"),
        (1539820800_000, "2018-10-18T00:00:00+00:00"),
        (1539820800_000_000, "2018-10-18T00:00:00+00:00"),
        (1539820800e9, "2018-10-18T00:00:00+00:00"),
        ("20181018093000", "2018-10-18T09:30:00"),  # no milliseconds
        (2018.0, "2018"),
        ("October 2018", "2018-10"),
        ("Oct. 2018", "2018-10"),
        ("10/2018", "2018-10"),
        ("Published: 18 October 2018", "2018-10-18"),
        ("October 18, 2018 | 9:30 AM", "2018-10-18T09:30:00"),
        ("Thu, 18 Oct 2018 20:00:00 +0000 (UTC)", "2018-10-18T20:00:00+00:00"),
        ("Thu Oct 18 2018 14:03:05 GMT-0400 (Eastern Daylight Time)", "2018-10-18T14:03:05-04:00"),
        ("2018-10-18 14:03:05 -0400 EDT", "2018-10-18T14:03:05-04:00"),
        ("2018-10-18 14:03:05.123456789 +0000 UTC m=+0.01", "2018-10-18T14:03:05.123456+00:00"),
        ({"$date": "2018-10-18T00:00:00Z"}, "2018-10-18T00:00:00+00:00"),
        ({"$date": {"$numberLong": "1539820800000"}}, "2018-10-18T00:00:00+00:00"),
        ("/Date(1539820800000-0400)/", "2018-10-18T00:00:00+00:00"),
        ("2018-10-18T24:00:00", "2018-10-18"),
        ("2018-10-18T12:00:00+2400", "2018-10-18"),  # no zone is a day away
    ],
)
def test_dates(value: object, date: str | None) -> None:
    assert iso_date(value) == date


@pytest.mark.parametrize(
    "value",
    ["yesterday", "Thursday", "10:30", "Oct 18", "2018-13", "2018-02-30", "10/11/2018", "10/11/18", "18/10/12",
     "Thu 03/04/2018", "03 04 2018", "2018-10-32", "0000-00-00 00:00:00", "Autumn 2018", 99999999999999999999,
     {"$x": 1}, "0000-01-01", True, [], {}, 1.5, float("nan")],
)  # fmt: skip
def test_what_is_no_date_or_two(value: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        iso_date(value)


PARTS = st.sampled_from([*"1 2 9 0 20 18 : - / . , T Z + Oct am EST Mon h W ' th of ( ) ٣ ²".split(), " "])


@given(st.lists(PARTS, max_size=9).map("".join) | st.integers() | st.floats())
def test_nothing_but_a_value_error_comes_out_of_a_date(value: object) -> None:
    try:
        date = iso_date(value)
    except (ValueError, OverflowError):
        return
    assert date is None or iso_date(date) == date
