"""Published files -> GoldSet: the contract's JSONL, SQuAD 1.1/2.0, HotpotQA, MultiHop-RAG, BEIR folders; .gz, .xz too.

Dialogues (the contract's, CoQA's, QuAC's) are read by dialogues.py.

A record that cannot be read becomes a BadRecord and the rest go on; a file without one good record is an error.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from index.errors import ArticleQAError, UsageError
from qa.evaluate.collect import (
    KNOWN,
    Collector,
    Unreadable,
    evidence_field,
    id_field,
    optional_field,
    strings_field,
    text_field,
)
from qa.evaluate.dialogues import coqa, dialogue, quac
from qa.evaluate.gold import BadRecord, Evidence, GoldArticle, GoldQuestion, GoldSet, Place, Relevant, kept_apart
from qa.evaluate.records import Record, find_file, read_bytes, records

_NO_ANSWER = "insufficient information"  # what MultiHop-RAG gives as the answer that no article gives


def load(path: Path, only_kept_apart: bool = False) -> GoldSet:
    """The gold set in a file or a BEIR folder. `only_kept_apart`: of SQuAD, the articles that no training may use.

    Raises ArticleQAError if there is no such file or no question in it, UsageError if the rule does not apply.
    """
    if path.is_dir():
        gold = _load_beir(path)
    else:
        content = read_bytes(path)
        found = Collector(path)
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


def _convert(found: Collector, record: Record, where: str) -> Sequence[GoldQuestion]:
    """The questions of a record, by the fields it has; none of an article that stands among the questions."""
    if "turns" in record:
        return dialogue(found, record, where)
    if "story" in record:
        return coqa(found, record, where)
    if "quac" in record:
        return quac(found, record, where)
    if "paragraph" in record:
        return (_squad(found, record),)
    if "supporting_facts" in record:
        return (_hotpotqa(found, record),)
    if "query" in record:
        return (_multihop_rag(found, record),)
    if "question" not in record and "text" in record:
        found.add_article(_article(record, where))
        return ()
    return (_own(found, record, where),)


def _own(found: Collector, record: Record, where: str) -> GoldQuestion:
    """The contract: {"id"?, "question", "answers", "article_ids"?, "evidence"?, "filters"?, "type"?}."""
    found.formats["article-qa JSONL"] = None
    question = text_field(record, "question")
    article_ids = tuple(strings_field(record, "article_ids"))
    filters = record.get("filters")
    if filters is not None and not isinstance(filters, dict):
        raise Unreadable('"filters" is not an object')
    evidence = evidence_field(record, article_ids)
    if record.get("answers") is None and not article_ids and not evidence:
        raise Unreadable('no "answers" (an empty list means that no article answers it)')
    answers = None if record.get("answers") is None else tuple(strings_field(record, "answers"))
    return GoldQuestion(
        id=id_field(record.get("id"), where.rpartition(" ")[2]),
        question=question,
        answers=answers,
        relevant=() if answers == () else tuple(Relevant((article_id,)) for article_id in article_ids),
        evidence=evidence,
        context=article_ids,
        kind=optional_field(record, "type"),
        filters=filters or None,
    )


def _squad(found: Collector, record: Record) -> GoldQuestion:
    """SQuAD 1.1 and 2.0 (Rajpurkar et al. 2016, 2018): a paragraph is an article, its id "TITLE/NUMBER" (from 1)."""
    paragraph, question = record["paragraph"], record["qa"]
    text = text_field(paragraph, "text", strip=False)
    if not isinstance(question, dict):
        raise Unreadable("not a JSON object")
    found.formats["SQuAD 2.0" if "2.0" in paragraph["version"] or "is_impossible" in question else "SQuAD 1.1"] = None
    answers = question.get("answers")
    if not isinstance(answers, list):
        raise Unreadable('"answers" is not a list')
    title = paragraph["title"]
    article_id = found.add_paragraph(f"{title}/{paragraph['number']}", title.replace("_", " "), text)
    places: dict[Place, None] = {}
    for answer in answers:
        start, words = answer["answer_start"], answer["text"]
        if text[start : start + len(words)] != words:
            raise Unreadable(f"the answer {words!r} does not stand at {start} in its paragraph")
        if words.strip():
            places[Place((article_id,), start, start + len(words))] = None
    return GoldQuestion(
        id=id_field(question.get("id"), None),
        question=text_field(question, "question"),
        answers=tuple(answer["text"] for answer in answers),
        relevant=(Relevant((article_id,)),) if answers else (),
        evidence=(Evidence(tuple(places)),) if places else (),
        context=(article_id,),
    )


def _title(question: GoldQuestion) -> str:
    return question.context[0].rpartition("/")[0]


def _hotpotqa(found: Collector, record: Record) -> GoldQuestion:
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
            raise Unreadable(f"the supporting paragraph {title!r} is not in its context")
        article_id, parts = sentences[title]
        relevant[article_id] = None
        if 0 <= number < len(parts) and parts[number].strip():
            before = sum(len(part) for part in parts[:number])
            start = before + len(parts[number]) - len(parts[number].lstrip())
            end = before + len(parts[number].rstrip())
            evidence.append(Evidence((Place((article_id,), start, end),)))
    return GoldQuestion(
        id=id_field(record.get("_id"), None),
        question=text_field(record, "question"),
        answers=(text_field(record, "answer"),),
        relevant=tuple(Relevant((article_id,)) for article_id in relevant),
        evidence=tuple(evidence),
        context=tuple(article_id for article_id, _ in sentences.values()),
        kind=optional_field(record, "type"),
    )


def _multihop_rag(found: Collector, record: Record) -> GoldQuestion:
    """MultiHop-RAG (Tang and Yang 2024). An article of its evidence may go by a fact's id, its own id, URL or title."""
    found.formats["MultiHop-RAG"] = None
    answer = text_field(record, "answer")
    question = text_field(record, "query")
    relevant, evidence = [], []
    for fact in record.get("evidence_list") or []:
        names = [fact.get(name) for name in ("fact_id", "article_id", "url", "title")]
        known = tuple(dict.fromkeys(" ".join(str(name).split()) for name in names if name))
        if not known:
            raise Unreadable("a piece of evidence names no article")
        relevant.append(Relevant(known))
        evidence.append(Evidence((Place(known, text=text_field(fact, "fact")),)))
    unanswerable = record.get("question_type") == "null_query" or answer.lower().startswith(_NO_ANSWER)
    return GoldQuestion(
        # the published file has no ids: the question is one, as long as it stands there once
        id=id_field(record.get("id"), hashlib.sha256(question.encode()).hexdigest()[:12]),
        question=question,
        answers=() if unanswerable else (answer,),
        relevant=tuple(relevant),
        evidence=tuple(evidence),
        kind=optional_field(record, "question_type"),
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
    found = Collector(queries)
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

    def convert(_found: Collector, record: Record, _where: str) -> Sequence[GoldQuestion]:
        query = id_field(record.get("_id"), None)
        if query not in grades:
            return ()  # a query of another split
        relevant = tuple(Relevant((article,), grade) for article, grade in grades[query].items() if grade > 0)
        return (GoldQuestion(id=query, question=text_field(record, "text"), answers=None, relevant=relevant),)

    for where, record in records(contents[0], found.bad, queries):
        found.take(where, record, convert)
    if corpus is not None:
        articles, bad = _read_articles(corpus)
        found.articles = {article.id: article for article in articles}
        found.bad += bad
    return found.done(hashlib.sha256(b"\0".join(contents)).hexdigest(), folder.resolve().name)


# ---- articles ------------------------------------------------------------------------------------------------------


def _read_articles(path: Path) -> tuple[list[GoldArticle], list[BadRecord]]:
    found = Collector(path)

    def convert(found: Collector, record: Record, where: str) -> Sequence[GoldQuestion]:
        if "question" not in record and "query" not in record:
            found.add_article(_article(record, where))
        return ()

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
        text=text_field(record, body, strip=False),
        title=field("title"),
        outlet=field("outlet", "source"),
        author=field("author"),
        published=field("published", "published_at"),
        url=field("url"),
    )
