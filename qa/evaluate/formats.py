"""Published files -> GoldSet: the contract's JSONL, SQuAD 1.1/2.0, HotpotQA, MultiHop-RAG, BEIR folders; .gz, .xz too.

A record that cannot be read becomes a BadRecord and the rest go on; a file without one good record is an error.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from index.errors import ArticleQAError, UsageError
from qa.evaluate.gold import BadRecord, Evidence, GoldArticle, GoldQuestion, GoldSet, Place, Relevant, kept_apart
from qa.evaluate.records import Record, find_file, read_bytes, records

KNOWN = "JSONL of this project, SQuAD, HotpotQA or MultiHop-RAG JSON, or a BEIR folder"
_NO_ANSWER = "insufficient information"  # what MultiHop-RAG gives as the answer that no article gives


class _Bad(ValueError):
    """Why a record cannot be read."""


class _Set:
    """A gold set while it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.formats: dict[str, None] = {}
        self.questions: dict[str, GoldQuestion] = {}
        self.articles: dict[str, GoldArticle] = {}
        self.bad: list[BadRecord] = []
        self._ids: dict[tuple[str, str], str] = {}

    def take(self, where: str, record: Any, convert: Callable[[_Set, Record, str], GoldQuestion | None]) -> None:
        """Add what `record` says, or note why it cannot be read."""
        try:
            if not isinstance(record, dict):
                raise _Bad("not a JSON object")
            question = convert(self, record, where)
            if question is not None:
                if question.id in self.questions:
                    raise _Bad(f"the id {question.id!r} stands twice")
                self.questions[question.id] = question
        except KeyError as error:
            self.bad.append(BadRecord(str(self.path), where, f"no {error}"))
        except (ValueError, TypeError, AttributeError) as error:  # a record can hold anything
            self.bad.append(BadRecord(str(self.path), where, str(error)))

    def add_article(self, article: GoldArticle) -> None:
        known = self.articles.setdefault(article.id, article)
        if known != article:
            raise _Bad(f"the article id {article.id!r} stands twice")

    def add_paragraph(self, name: str, title: str, text: str) -> str:
        """The id of a paragraph: `name`, or "name (2)" where another text has it; the same text is one article."""
        key = (title, text)
        if key not in self._ids:
            number, free = 1, name
            while free in self.articles:
                number += 1
                free = f"{name} ({number})"
            self._ids[key] = free
            self.articles[free] = GoldArticle(id=free, text=text, title=title)
        return self._ids[key]

    def done(self, digest: str, name: str) -> GoldSet:
        if not self.questions:
            why = f" ({self.bad[0].where}: {self.bad[0].reason})" if self.bad else ""
            raise ArticleQAError(f"{self.path}: no question could be read{why}; gold sets are {KNOWN}")
        return GoldSet(
            name=name,
            format="+".join(self.formats),
            digest=digest,
            questions=tuple(self.questions.values()),
            articles=tuple(self.articles.values()),
            bad=tuple(self.bad),
        )


def load(path: Path, only_kept_apart: bool = False) -> GoldSet:
    """The gold set in a file or a BEIR folder. `only_kept_apart`: of SQuAD, the articles that no training may use.

    Raises ArticleQAError if there is no such file or no question in it, UsageError if the rule does not apply.
    """
    if path.is_dir():
        gold = _load_beir(path)
    else:
        content = read_bytes(path)
        found = _Set(path)
        for where, record in records(content, found.bad, path):
            found.take(where, record, _convert)
        gold = found.done(hashlib.sha256(content).hexdigest(), _stem(path))
    if not only_kept_apart:
        return gold
    if not gold.format.startswith("SQuAD"):
        raise UsageError(f"{path} is {gold.format}: --kept-apart is a rule about SQuAD's articles; leave it out")
    kept = tuple(question for question in gold.questions if kept_apart(_title(question)))
    if not kept:
        raise ArticleQAError(f"{path}: none of its articles is kept apart from training; leave out --kept-apart")
    ids = {article_id for question in kept for article_id in question.context}
    return GoldSet(
        name=f"{gold.name}-kept-apart",
        format=gold.format,
        digest=gold.digest,
        questions=kept,
        articles=tuple(article for article in gold.articles if article.id in ids),
        bad=gold.bad,
    )


def load_articles(path: Path) -> tuple[list[GoldArticle], list[BadRecord]] | None:
    """Articles of a published corpus (`_id` or no id, `body` for `text`, `source` for `outlet`; JSON, .gz, .xz, BEIR).

    None if `path` is a folder or a file that `qa index` reads as it is.
    """
    if path.is_dir():
        corpus = find_file(path, "corpus.jsonl") if find_file(path, "queries.jsonl") else None
        return _read_articles(corpus) if corpus else None
    if path.suffix.lower() not in (".jsonl", ".json", ".gz", ".xz"):
        return None
    found = _read_articles(path)
    plain = path.suffix.lower() == ".jsonl" and not any(_is_foreign(path))
    return None if plain else found


def _stem(path: Path) -> str:
    name = path.name
    for suffix in (".gz", ".xz", ".jsonl", ".json"):
        name = name.removesuffix(suffix)
    return name


# ---- one record ----------------------------------------------------------------------------------------------------


def _convert(found: _Set, record: Record, where: str) -> GoldQuestion | None:
    """The question of a record, by the fields it has; None for an article that stands among the questions."""
    if "paragraph" in record:
        return _squad(found, record)
    if "supporting_facts" in record:
        return _hotpotqa(found, record)
    if "query" in record:
        return _multihop_rag(found, record)
    if "question" not in record and "text" in record:
        found.add_article(_article(record, where))
        return None
    return _own(found, record, where)


def _own(found: _Set, record: Record, where: str) -> GoldQuestion:
    """The contract: {"id"?, "question", "answers", "article_ids"?, "evidence"?, "filters"?, "type"?}."""
    found.formats["article-qa JSONL"] = None
    question = _text(record, "question")
    article_ids = tuple(_strings(record, "article_ids"))
    filters = record.get("filters")
    if filters is not None and not isinstance(filters, dict):
        raise _Bad('"filters" is not an object')
    evidence = record.get("evidence") or []
    if not isinstance(evidence, list):
        raise _Bad('"evidence" is not a list')
    if record.get("answers") is None and not article_ids and not evidence:
        raise _Bad('no "answers" (an empty list means that no article answers it)')
    answers = None if record.get("answers") is None else tuple(_strings(record, "answers"))
    return GoldQuestion(
        id=_id(record.get("id"), where.rpartition(" ")[2]),
        question=question,
        answers=answers,
        relevant=() if answers == () else tuple(Relevant((article_id,)) for article_id in article_ids),
        evidence=tuple(Evidence(_places(item, article_ids)) for item in evidence),
        context=article_ids,
        kind=_optional(record, "type"),
        filters=filters or None,
    )


def _places(item: Any, article_ids: tuple[str, ...]) -> tuple[Place, ...]:
    """A piece of evidence: the words, or {"article_id"?, "start", "end"} or {"article_id"?, "text"}."""
    if isinstance(item, str):
        item = {"text": item}
    if not isinstance(item, dict):
        raise _Bad("a piece of evidence is a text or an object")
    named = (item["article_id"],) if isinstance(item.get("article_id"), str) else article_ids
    start, end = item.get("start"), item.get("end")
    if not all(isinstance(offset, int | None) for offset in (start, end)):
        raise _Bad("evidence starts and ends at whole numbers")
    return tuple(Place((name,), start, end, item.get("text")) for name in named) or (
        Place((), start, end, item.get("text")),
    )


def _squad(found: _Set, record: Record) -> GoldQuestion:
    """SQuAD 1.1 and 2.0 (Rajpurkar et al. 2016, 2018): a paragraph is an article, its id "TITLE/NUMBER" (from 1)."""
    paragraph, question = record["paragraph"], record["qa"]
    text = _text(paragraph, "text", strip=False)
    if not isinstance(question, dict):
        raise _Bad("not a JSON object")
    found.formats["SQuAD 2.0" if "2.0" in paragraph["version"] or "is_impossible" in question else "SQuAD 1.1"] = None
    answers = question.get("answers")
    if not isinstance(answers, list):
        raise _Bad('"answers" is not a list')
    title = paragraph["title"]
    article_id = found.add_paragraph(f"{title}/{paragraph['number']}", title.replace("_", " "), text)
    places: dict[Place, None] = {}
    for answer in answers:
        start, words = answer["answer_start"], answer["text"]
        if text[start : start + len(words)] != words:
            raise _Bad(f"the answer {words!r} does not stand at {start} in its paragraph")
        if words.strip():
            places[Place((article_id,), start, start + len(words))] = None
    return GoldQuestion(
        id=_id(question.get("id"), None),
        question=_text(question, "question"),
        answers=tuple(answer["text"] for answer in answers),
        relevant=(Relevant((article_id,)),) if answers else (),
        evidence=(Evidence(tuple(places)),) if places else (),
        context=(article_id,),
    )


def _title(question: GoldQuestion) -> str:
    return question.context[0].rpartition("/")[0]


def _hotpotqa(found: _Set, record: Record) -> GoldQuestion:
    """HotpotQA (Yang et al. 2018), distractor setting: ten paragraphs with each question, gold sentences as evidence.

    A supporting fact may name a sentence that is not there (a known fault of the published files): it is left out.
    """
    found.formats["HotpotQA"] = None
    sentences: dict[str, tuple[str, list[str]]] = {}
    for title, parts in record["context"]:
        text = "".join(parts)
        if text.strip():
            sentences[title] = (found.add_paragraph(" ".join(title.split()), title, text), parts)
    relevant: dict[str, None] = {}
    evidence = []
    for title, number in record["supporting_facts"]:
        if title not in sentences:
            raise _Bad(f"the supporting paragraph {title!r} is not in its context")
        article_id, parts = sentences[title]
        relevant[article_id] = None
        if 0 <= number < len(parts) and parts[number].strip():
            before = sum(len(part) for part in parts[:number])
            start = before + len(parts[number]) - len(parts[number].lstrip())
            end = before + len(parts[number].rstrip())
            evidence.append(Evidence((Place((article_id,), start, end),)))
    return GoldQuestion(
        id=_id(record.get("_id"), None),
        question=_text(record, "question"),
        answers=(_text(record, "answer"),),
        relevant=tuple(Relevant((article_id,)) for article_id in relevant),
        evidence=tuple(evidence),
        context=tuple(article_id for article_id, _ in sentences.values()),
        kind=_optional(record, "type"),
    )


def _multihop_rag(found: _Set, record: Record) -> GoldQuestion:
    """MultiHop-RAG (Tang and Yang 2024). An article of its evidence may go by a fact's id, its own id, URL or title."""
    found.formats["MultiHop-RAG"] = None
    answer = _text(record, "answer")
    question = _text(record, "query")
    relevant, evidence = [], []
    for fact in record.get("evidence_list") or []:
        names = [fact.get(name) for name in ("fact_id", "article_id", "url", "title")]
        known = tuple(dict.fromkeys(" ".join(str(name).split()) for name in names if name))
        if not known:
            raise _Bad("a piece of evidence names no article")
        relevant.append(Relevant(known))
        evidence.append(Evidence((Place(known, text=_text(fact, "fact")),)))
    unanswerable = record.get("question_type") == "null_query" or answer.lower().startswith(_NO_ANSWER)
    return GoldQuestion(
        # the published file has no ids: the question is one, as long as it stands there once
        id=_id(record.get("id"), hashlib.sha256(question.encode()).hexdigest()[:12]),
        question=question,
        answers=() if unanswerable else (answer,),
        relevant=tuple(relevant),
        evidence=tuple(evidence),
        kind=_optional(record, "question_type"),
    )


# ---- BEIR ----------------------------------------------------------------------------------------------------------


def _load_beir(folder: Path) -> GoldSet:
    """A BEIR folder (Thakur et al. 2021): queries.jsonl, qrels/test.tsv (else dev, train), corpus.jsonl."""
    queries, corpus = find_file(folder, "queries.jsonl"), find_file(folder, "corpus.jsonl")
    judged = next(
        (file for split in ("test", "dev", "train") if (file := find_file(folder / "qrels", f"{split}.tsv"))), None
    )
    if queries is None or judged is None:
        raise ArticleQAError(f"{folder}: no queries.jsonl and qrels/test.tsv, so no BEIR folder; gold sets are {KNOWN}")
    found = _Set(queries)
    found.formats["BEIR"] = None
    contents = [read_bytes(queries), read_bytes(judged)]
    grades: dict[str, dict[str, int]] = {}
    for number, row in enumerate(csv.reader(contents[1].decode("utf-8", "replace").splitlines(), delimiter="\t"), 1):
        try:
            query, article, grade = row
            if number > 1 or grade.lstrip("-").isdigit():
                grades.setdefault(query, {})[" ".join(article.split())] = int(grade)
        except ValueError:
            found.bad.append(BadRecord(str(judged), f"line {number}", "not query-id, corpus-id and score, tab between"))

    def convert(_found: _Set, record: Record, _where: str) -> GoldQuestion | None:
        query = _id(record.get("_id"), None)
        if query not in grades:
            return None  # a query of another split
        relevant = tuple(Relevant((article,), grade) for article, grade in grades[query].items() if grade > 0)
        return GoldQuestion(id=query, question=_text(record, "text"), answers=None, relevant=relevant)

    for where, record in records(contents[0], found.bad, queries):
        found.take(where, record, convert)
    if corpus is not None:
        articles, bad = _read_articles(corpus)
        found.articles = {article.id: article for article in articles}
        found.bad += bad
    return found.done(hashlib.sha256(b"\0".join(contents)).hexdigest(), folder.resolve().name)


# ---- articles ------------------------------------------------------------------------------------------------------


def _read_articles(path: Path) -> tuple[list[GoldArticle], list[BadRecord]]:
    found = _Set(path)

    def convert(found: _Set, record: Record, where: str) -> None:
        if "question" in record or "query" in record:
            return
        found.add_article(_article(record, where))

    for where, record in records(read_bytes(path), found.bad, path):
        found.take(where, record, convert)
    if not found.articles:
        why = f" ({found.bad[0].where}: {found.bad[0].reason})" if found.bad else ""
        raise ArticleQAError(
            f"{path}: no article could be read{why}; --articles takes what qa index reads, or a corpus of records"
        )
    return list(found.articles.values()), found.bad


def _is_foreign(path: Path) -> Iterable[bool]:
    """For each record that can be read, whether `qa index` would read it otherwise than it is meant."""
    for _, record in records(read_bytes(path), [], path):
        yield isinstance(record, dict) and "id" not in record and ("_id" in record or "body" in record)


def _article(record: Record, where: str) -> GoldArticle:
    def field(*names: str) -> str | None:
        value = next((record[name] for name in names if record.get(name)), None)
        return " ".join(str(value).split()) if value is not None else None

    body = "text" if "text" in record else "body"
    return GoldArticle(
        id=field("id", "_id", "title") or where,
        text=_text(record, body, strip=False),
        title=field("title"),
        outlet=field("outlet", "source"),
        author=field("author"),
        published=field("published", "published_at"),
        url=field("url"),
    )


# ---- fields --------------------------------------------------------------------------------------------------------


def _text(record: Record, name: str, strip: bool = True) -> str:
    value = record.get(name)
    if not isinstance(value, str) or not value.strip():
        raise _Bad(f'no "{name}"' if value is None else f'"{name}" is no text')
    return value.strip() if strip else value


def _optional(record: Record, name: str) -> str | None:
    value = record.get(name)
    return value if isinstance(value, str) and value else None


def _strings(record: Record, name: str) -> list[str]:
    value = record.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _Bad(f'"{name}" is not a list of texts')
    return value


def _id(value: Any, otherwise: str | None) -> str:
    if isinstance(value, str | int) and str(value).strip():
        return str(value)
    if value is None and otherwise is not None:
        return otherwise
    raise _Bad("no id")
