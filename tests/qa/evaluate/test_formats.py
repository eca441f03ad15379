from __future__ import annotations

import gzip
import json
import lzma
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from index.errors import ArticleQAError, UsageError
from qa.evaluate.formats import load, load_articles
from qa.evaluate.gold import (
    Evidence,
    GoldArticle,
    GoldQuestion,
    Place,
    Relevant,
    join,
    kept_apart,
    own_articles,
    resolve,
    sample,
)


def write(path: Path, *records: Any) -> Path:
    lines = (record if isinstance(record, str) else json.dumps(record, ensure_ascii=False) for record in records)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


# ---- the contract's JSONL ------------------------------------------------------------------------------------------


def test_own_jsonl(tmp_path: Path) -> None:
    gold = load(
        write(
            tmp_path / "gold.jsonl",
            {"id": "a", "question": " Who? ", "answers": ["Ober", "the Ober"], "article_ids": ["one", "two"]},
            "",
            {"id": 7, "question": "When?", "answers": [], "article_ids": ["one"], "filters": {"outlet": "Post"}},
            {
                "question": "Where?",
                "answers": ["here"],
                "type": "place",
                "evidence": [{"article_id": "one", "start": 3, "end": 9}, "right here"],
            },
        )
    )
    assert (gold.name, gold.format, gold.bad) == ("gold", "article-qa JSONL", ())
    assert gold.questions == (
        GoldQuestion(
            "a", "Who?", ("Ober", "the Ober"), (Relevant(("one",)), Relevant(("two",))), context=("one", "two")
        ),
        # an article that is named for a question without an answer is not relevant to it
        GoldQuestion("7", "When?", (), context=("one",), filters={"outlet": "Post"}),
        GoldQuestion(
            "4",  # without an id: its line
            "Where?",
            ("here",),
            evidence=(Evidence((Place(("one",), 3, 9),)), Evidence((Place((), text="right here"),))),
            kind="place",
        ),
    )


def test_bad_lines_are_named_and_the_rest_go_on(tmp_path: Path) -> None:
    path = write(
        tmp_path / "gold.jsonl",
        {"id": "good", "question": "Who?", "answers": []},
        '{"id": "broken", "question": ',
        ["a", "list"],
        {"id": "no-question", "answers": []},
        {"id": "no-answers", "question": "Who?"},
        {"id": "text", "question": "Who?", "answers": "Ober"},
        {"id": "good", "question": "Again?", "answers": []},
        {"id": "span", "question": "Who?", "answers": ["x"], "evidence": [{"article_id": "a", "start": 5, "end": 5}]},
        {"id": "half", "question": "Who?", "answers": ["x"], "evidence": [{"article_id": "a", "start": 5}]},
        {"id": "last", "question": "Who?", "answers": ["x"]},
    )
    gold = load(path)
    assert [question.id for question in gold.questions] == ["good", "last"]
    assert [str(bad) for bad in gold.bad] == [
        f"{path}, line 2: not JSON",
        f"{path}, line 3: not a JSON object",
        f'{path}, line 4: no "question"',
        f'{path}, line 5: no "answers" (an empty list means that no article answers it)',
        f'{path}, line 6: "answers" is not a list of texts',
        f"{path}, line 7: the id 'good' stands twice",
        f"{path}, line 8: evidence [5, 5) is no span",
        f"{path}, line 9: evidence has both a start and an end, or neither",
    ]


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"question": "Who?", "answers": []}\n{"question": "\xff", "answers": []}\n')
    gold = load(path)
    assert len(gold.questions) == 1
    assert [bad.reason for bad in gold.bad] == ["not UTF-8"]


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"", "no question could be read"), (b"{]\n", "line 1: not JSON"), (b"[]", "no question could be read")],
)
def test_a_file_without_a_question_is_an_error(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "gold.json"
    path.write_bytes(content)
    with pytest.raises(ArticleQAError, match="no question could be read") as error:
        load(path)
    assert why in str(error.value)
    assert "\n" not in str(error.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ArticleQAError, match="No such file"):
        load(tmp_path / "none.jsonl")
    for name in ("no.json.gz", "no.json.xz"):
        (tmp_path / name).write_bytes(b"no archive")
        with pytest.raises(ArticleQAError, match="cannot be read"):
            load(tmp_path / name)


# ---- published sets ------------------------------------------------------------------------------------------------


def test_squad(fixtures: Path) -> None:
    gold = load(fixtures / "squad.json")
    assert (gold.format, len(gold.questions), len(gold.articles), gold.bad) == ("SQuAD 2.0", 15, 4, ())
    texts = {article.id: article.text for article in gold.articles}
    assert list(texts) == ["Harbour_bridge/1", "Harbour_bridge/2", "Ostrava_flood/1", "Ostrava_flood/2"]
    assert gold.articles[0].title == "Harbour bridge"
    for question in gold.questions:
        places = [place for piece in question.evidence for place in piece.places]
        found = [texts[place.article_ids[0]][place.start : place.end] for place in places]
        assert found == list(question.answers or ())  # every answer stands where it is said to
    unanswerable = next(question for question in gold.questions if question.id == "q04")
    assert (unanswerable.answers, unanswerable.relevant, unanswerable.context) == ((), (), ("Harbour_bridge/1",))


def test_squad_1_1_has_no_unanswerable(tmp_path: Path) -> None:
    qa = {"id": "1", "question": "Who?", "answers": [{"text": "Ober", "answer_start": 4}]}
    data = [{"title": "T", "paragraphs": [{"context": "The Ober rose.", "qas": [qa]}]}]
    gold = load(write(tmp_path / "s.json", {"version": "1.1", "data": data}))
    assert (gold.format, gold.questions[0].answers) == ("SQuAD 1.1", ("Ober",))


def test_squad_bad_records_are_named_by_their_place(tmp_path: Path) -> None:
    def qa(name: str, start: int) -> dict[str, Any]:
        return {"id": name, "question": "Who?", "answers": [{"text": "Ober", "answer_start": start}]}

    data = [
        {
            "title": "T",
            "paragraphs": [{"context": "The Ober rose.", "qas": [qa("good", 4), qa("off", 5), {"id": "x"}]}],
        },
        {"title": "No paragraphs"},
    ]
    gold = load(write(tmp_path / "s.json", {"version": "1.1", "data": data}))
    assert [question.id for question in gold.questions] == ["good"]
    assert [(bad.where, bad.reason) for bad in gold.bad] == [
        ("data[0].paragraphs[0].qas[1]", "the answer 'Ober' does not stand at 5 in its paragraph"),
        ("data[0].paragraphs[0].qas[2]", '"answers" is not a list'),
        ("data[1]", "not an article of SQuAD (KeyError('paragraphs'))"),
    ]


def test_hotpotqa(fixtures: Path) -> None:
    gold = load(fixtures / "hotpotqa.json")
    first, second = gold.questions
    texts = {article.id: article.text for article in gold.articles}
    # one title with two texts is two articles; a paragraph without text is none
    assert list(texts) == ["Ober", "Hana Dvorska", "Lindmouth", "Lindmouth (2)", "Ostrel"]
    quotes = [texts[p.article_ids[0]][p.start : p.end] for piece in first.evidence for p in piece.places]
    assert quotes == ["In 2019 it flooded the old market of Ostrel.", "Hana Dvorska leads the police of Ostrel."]
    assert first.relevant == (Relevant(("Ober",)), Relevant(("Hana Dvorska",)))
    assert first.context == ("Ober", "Hana Dvorska", "Lindmouth")
    assert (first.kind, first.answers) == ("bridge", ("Hana Dvorska",))
    assert second.relevant == (Relevant(("Lindmouth (2)",)), Relevant(("Ostrel",)))


def test_multihop_rag(fixtures: Path) -> None:
    gold = load(fixtures / "multihop_rag.json")
    asked, refused = gold.questions
    assert (gold.format, asked.answers, refused.answers) == ("MultiHop-RAG", ("Ingrid Salo",), ())
    assert asked.relevant[0].article_ids == ("https://courier.example/bridge", "Bridge opens again")
    assert asked.evidence[0].places[0].text == "Mayor Ingrid Salo said that the bridge would last a hundred years."
    assert asked.id != refused.id
    articles, bad = load_articles(fixtures / "multihop_corpus.json") or ([], [])
    assert bad == []
    assert articles[0] == GoldArticle(
        id="Bridge opens again",
        text="Cars crossed the bridge on Tuesday. Mayor Ingrid Salo said that the bridge would last a hundred years.",
        title="Bridge opens again",
        outlet="Courier",
        author="A. Writer",
        published="2023-10-03T08:00:00+00:00",
        url="https://courier.example/bridge",
    )
    known = {article.id for article in articles}
    resolved = resolve(asked, lambda name: name if name in known else None)
    assert resolved.relevant == (Relevant(("Bridge opens again",)), Relevant(("What the repairs cost",)))
    assert resolved.evidence[1].places[0].article_ids == ("What the repairs cost",)


def test_beir(fixtures: Path) -> None:
    gold = load(fixtures / "beir")
    assert (gold.name, gold.format, len(gold.articles)) == ("beir", "BEIR", 3)
    assert gold.questions == (  # the query of another split is not asked, the grade 0 is not relevant
        GoldQuestion("1", "When did the bridge reopen?", None, (Relevant(("d1",), 2), Relevant(("d2",), 1))),
        GoldQuestion("2", "Which river flooded the market?", None, (Relevant(("d3",)),)),
    )
    assert gold.questions[0].answerable is None


def test_a_folder_that_is_no_gold_set(tmp_path: Path) -> None:
    with pytest.raises(ArticleQAError, match="no BEIR folder"):
        load(tmp_path)


@pytest.mark.parametrize("name", ["squad.json", "hotpotqa.json", "multihop_rag.json"])
def test_compressed_files_are_the_same_set(fixtures: Path, tmp_path: Path, name: str) -> None:
    content = (fixtures / name).read_bytes()
    (tmp_path / f"{name}.gz").write_bytes(gzip.compress(content))
    (tmp_path / f"{name}.xz").write_bytes(lzma.compress(content))
    plain = load(fixtures / name)
    assert load(tmp_path / f"{name}.gz") == plain
    assert load(tmp_path / f"{name}.xz") == plain


def test_the_same_records_one_a_line(fixtures: Path, tmp_path: Path) -> None:
    records = json.loads((fixtures / "hotpotqa.json").read_text())
    lines = load(write(tmp_path / "hotpotqa.jsonl", *records))
    assert replace(lines, digest="") == replace(load(fixtures / "hotpotqa.json"), digest="")


# ---- articles ------------------------------------------------------------------------------------------------------


def test_articles_that_are_converted(tmp_path: Path) -> None:
    pool = {
        "_id": "f1",
        "article_id": "m1",
        "title": "T",
        "text": "Rain.",
        "source": "Post",
        "published_at": "2023-01-02",
    }
    expected = GoldArticle(id="f1", text="Rain.", title="T", outlet="Post", published="2023-01-02")
    assert load_articles(write(tmp_path / "pool.jsonl", pool)) == ([expected], [])
    (tmp_path / "own.jsonl.gz").write_bytes(gzip.compress(b'{"id": "a", "text": "Rain."}\n{"id": "b"}\n'))
    articles, bad = load_articles(tmp_path / "own.jsonl.gz") or ([], [])
    assert articles == [GoldArticle(id="a", text="Rain.")]
    assert [(one.where, one.reason) for one in bad] == [("line 2", 'no "body"')]


def test_articles_that_are_read_as_they_are(tmp_path: Path) -> None:
    assert load_articles(write(tmp_path / "own.jsonl", {"id": "a", "text": "Rain."})) is None
    assert load_articles(write(tmp_path / "a.txt", "Rain.")) is None
    assert load_articles(tmp_path) is None


# ---- choosing ------------------------------------------------------------------------------------------------------


def test_kept_apart(fixtures: Path, tmp_path: Path) -> None:
    """sha256("Rhine") begins with a number that ends in 7 or more, sha256("Normans") does not."""
    assert (kept_apart("Rhine"), kept_apart("Normans")) == (True, False)
    document = json.loads((fixtures / "squad.json").read_text())
    document["data"][0]["title"], document["data"][1]["title"] = "Normans", "Rhine"
    path = write(tmp_path / "s.json", document)
    gold = load(path, only_kept_apart=True)
    assert gold.name == "s-kept-apart"
    assert [article.id for article in gold.articles] == ["Rhine/1", "Rhine/2"]
    assert len(gold.questions) == 7
    with pytest.raises(UsageError, match="SQuAD"):
        load(fixtures / "hotpotqa.json", only_kept_apart=True)


def test_a_sample_is_reproducible_and_keeps_the_order(fixtures: Path) -> None:
    gold = load(fixtures / "squad.json")
    ids = [question.id for question in sample(gold, 5, 1).questions]
    assert ids == [question.id for question in sample(gold, 5, 1).questions]
    assert ids == sorted(ids)
    assert len(ids) == 5
    assert ids != [question.id for question in sample(gold, 5, 2).questions]
    assert sample(gold, None, 1) is gold
    assert sample(gold, 15, 1) is gold


def test_sets_are_joined(fixtures: Path, tmp_path: Path) -> None:
    squad = load(fixtures / "squad.json")
    other = load(write(tmp_path / "own.jsonl", {"id": "q01", "question": "Who?", "answers": []}))
    both = join([squad, other])
    assert both.name == "squad+own"
    assert [q.id for q in both.questions[:2]] == ["squad/q01", "q02"]
    assert both.questions[-1].id == "own/q01"
    assert both.articles == squad.articles
    changed = replace(other, articles=(replace(squad.articles[0], text="another"),))
    with pytest.raises(UsageError, match="another text"):
        join([squad, changed])


def test_what_is_read_for_a_question(fixtures: Path) -> None:
    hotpot, squad = load(fixtures / "hotpotqa.json").questions[0], load(fixtures / "squad.json").questions
    assert list(own_articles(hotpot, "gold")) == ["Ober", "Hana Dvorska"]
    assert list(own_articles(hotpot, "context")) == ["Ober", "Hana Dvorska", "Lindmouth"]
    assert list(own_articles(squad[3], "gold")) == ["Harbour_bridge/1"]  # unanswerable: the one shown with it
