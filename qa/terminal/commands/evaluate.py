"""The command `qa eval`. Heavy imports stand inside: `qa --help` loads neither NumPy nor SciPy."""

from __future__ import annotations

import contextlib
import json
import sys
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from index.errors import ArticleQAError, NoIndexError, UsageError
from qa.terminal.commands.common import (
    IndexOption,
    JsonOption,
    NoConstraintsOption,
    emit,
    language_in,
    missing_packages,
    named_index,
    note,
)
from qa.terminal.commands.language import NOTHING, Named
from qa.terminal.interrupts import INTERRUPTED, unwinding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qa.evaluate.gold import BadRecord, GoldSet
    from qa.evaluate.predictions import TextOf
    from qa.evaluate.run import Run

_NEEDED = ("ir_measures", "scipy")
_NAMED = 20


class Passages(StrEnum):
    """What is read to answer a question."""

    search = "search"
    gold = "gold"
    context = "context"


def evaluate(
    gold: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="GOLD", help="Gold answers: JSONL, SQuAD, HotpotQA, MultiHop-RAG, CoQA, QuAC JSON, a BEIR folder."
        ),
    ] = None,
    index: IndexOption = None,
    corpus: Annotated[
        bool, typer.Option("--corpus", help="Ask a temporary index of the set's own paragraphs, one article each.")
    ] = False,
    articles: Annotated[
        Path | None, typer.Option("--articles", metavar="PATH", help="Ask a temporary index of PATH.")
    ] = None,
    embedding: Annotated[
        str | None,
        typer.Option(metavar="MODEL", help="Of the temporary index: as for qa index."),
    ] = None,
    ranker: Annotated[
        str | None,
        typer.Option(metavar="MODEL", help="The cross-encoder that ranks: as for qa ask."),
    ] = None,
    passages: Annotated[
        Passages,
        typer.Option(
            help="search: find them. gold: read what answers each question. context: read all that is shown with it."
        ),
    ] = Passages.search,
    predictions: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Score these answers instead: JSONL id, answer, citations?.")
    ] = None,
    kept_apart: Annotated[
        bool, typer.Option("--kept-apart", help="Of SQuAD, only the articles that no training may use.")
    ] = False,
    limit: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Only N of the questions, or whole dialogues, drawn by --seed."),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="S", help="Which N.")] = 0,
    no_constraints: NoConstraintsOption = False,
    compare: Annotated[
        tuple[Path, Path] | None,
        typer.Option(metavar="RUN_A RUN_B", help="Compare two run folders instead: differences, intervals, flips."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The run folder. Default: runs/NAME in the index.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a run that was stopped.")] = False,
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the figures as CSV.")] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a page with plots and every question.")
    ] = None,
    fail_under: Annotated[
        list[str] | None,
        typer.Option(metavar="METRIC=VALUE", help="Exit with 1 if METRIC is lower; may be given several times."),
    ] = None,
    as_json: JsonOption = False,
    named: Named = NOTHING,
) -> None:
    """Score the assistant, or answers made elsewhere, against gold answers."""
    check_packages("qa eval")
    if compare is not None:
        if gold:
            raise UsageError("--compare compares two runs that are there; leave out GOLD")
        _compare(*compare, as_json)
        return
    if not gold:
        raise UsageError("no gold answers; type, for instance: qa eval seeds/questions.jsonl")
    if sum((corpus, articles is not None, index is not None)) > 1:
        raise UsageError("--index, --corpus and --articles: give one of them")
    if predictions is not None and (corpus or passages is not Passages.search):
        raise UsageError("--predictions are scored as they are; leave out --corpus and --passages")
    if predictions is not None and named != NOTHING:
        raise UsageError("--predictions are scored as they are; leave out --model")
    if predictions is not None and articles is not None:
        raise UsageError("--predictions are scored as they are; leave out --articles (--index DIR checks their quotes)")
    if embedding is not None and not corpus and articles is None:
        raise UsageError("--embedding is for a temporary index; give --corpus or --articles, or make one: qa index")
    floors = _floors(fail_under or [])
    questions = _load(gold, kept_apart, limit, seed)
    settings: dict[str, Any] = {
        "name": questions.name,
        "format": questions.format,
        "gold": [path.name for path in gold],
        "kept_apart": kept_apart,
        "limit": limit,
        "seed": seed if limit is not None else None,
        "passages": passages.value,
        "constraints": not no_constraints,
        "articles": "corpus" if corpus else articles.name if articles else "index",
        "predictions": predictions.name if predictions else None,
    }
    if predictions is not None:
        run = _score_predictions(questions, predictions, settings, index, out, resume)
    else:
        run = _ask(questions, settings, index, corpus, articles, (embedding, ranker, named), out, resume)
    _print(run, csv, html, as_json)
    _judge(run, floors)


def check_packages(command: str) -> None:
    """Raises ArticleQAError, which names what to install, if a package is missing that scores are computed with."""
    if missing := missing_packages(_NEEDED):
        raise ArticleQAError(f"{command} needs {' and '.join(missing)}; type: pip install 'article-qa[eval]'")


# ---- the steps -----------------------------------------------------------------------------------------------------


def _load(paths: list[Path], kept_apart: bool, limit: int | None, seed: int) -> GoldSet:
    from qa.evaluate.formats import load
    from qa.evaluate.gold import join, sample

    gold = join([load(path, kept_apart) for path in paths])
    _note_bad(gold.bad)
    return sample(gold, limit, seed)


def _ask(
    gold: GoldSet,
    settings: dict[str, Any],
    index: Path | None,
    corpus: bool,
    articles: Path | None,
    models: tuple[str | None, str | None, Named],
    out: Path | None,
    resume: bool,
) -> Run:
    from dataclasses import replace

    from index.models.weights import remembered_model
    from qa.assistant import Assistant
    from qa.config import setting
    from qa.evaluate.run import Plan, choose_folder, code_fingerprint
    from qa.evaluate.systems import ConversationSystem

    embedding, ranker, named = models
    if corpus or articles is not None:
        with unwinding():
            folder, bad = _temporary(gold, settings["passages"], articles, embedding)
        gold = replace(gold, bad=(*gold.bad, *bad))
    else:
        folder = named_index(index)
    language = language_in(folder, named)
    if language is not None:
        from qa.llm.check import may_write

        settings = {**settings, "model": language.name, "prose": may_write(language)}
    with Assistant(folder, cache(note), ranker=setting("ranker", ranker, folder), model=language) as assistant:
        remembered_model(assistant.snapshot.embedding)  # without it the figures would be those of something else
        assistant.warm_up()
        fingerprints = {"gold": gold.digest, "code": code_fingerprint(), "index": _index_fingerprint(assistant)}
        if assistant.ranker is not None:
            fingerprints["ranker"] = assistant.ranker.fingerprint
        plan = Plan(settings, fingerprints)
        target = choose_folder(out, folder, gold.name, plan, resume)
        return _run(
            gold,
            ConversationSystem(assistant, settings["passages"], constraints=settings["constraints"]),
            plan,
            target,
            resume,
        )


def _temporary(
    gold: GoldSet, passages: str, articles: Path | None, embedding: str | None
) -> tuple[Path, list[BadRecord]]:
    """The folder of the temporary index of the set's own articles, or of `articles`; and the records that are none."""
    from index.models.embed import open_embedder
    from index.models.weights import DEFAULT, find_model
    from qa.evaluate.corpus import index_of, index_of_files
    from qa.evaluate.formats import load_articles
    from qa.evaluate.gold import own_articles

    embedder = open_embedder(find_model(embedding or DEFAULT))
    if articles is not None:
        read = load_articles(articles)
        if read is None:
            return index_of_files(articles, embedder, note), []
        found, bad = read
        _note_bad(bad)
        return index_of(found, embedder, note), bad
    if not gold.articles:
        raise UsageError(f"{gold.name} has no articles of its own; name them: --articles PATH")
    wanted = None
    if passages != Passages.search:  # nothing else is read: a sample needs no index of everything
        wanted = {
            article_id
            for question in gold.questions
            for article_id in (question.context if question.turn else own_articles(question, passages))
        }
    return index_of([a for a in gold.articles if wanted is None or a.id in wanted], embedder, note), []


def _index_fingerprint(assistant: Any) -> dict[str, Any]:
    """What an index holds, whatever its files are called."""
    import hashlib

    with assistant.snapshot.view() as view:
        held = [(article.id, length, article.title, article.published) for article, length in view.catalog.articles()]
        passages = view.catalog.count_passages()
    return {
        "embedding": assistant.snapshot.embedding,
        "articles": len(held),
        "passages": passages,
        "content": hashlib.sha256(json.dumps(held).encode()).hexdigest()[:16],
    }


def _score_predictions(
    gold: GoldSet, file: Path, settings: dict[str, Any], index: Path | None, out: Path | None, resume: bool
) -> Run:
    import hashlib
    from dataclasses import replace

    from qa.assistant import Assistant
    from qa.config import find_index
    from qa.evaluate.predictions import read_predictions
    from qa.evaluate.records import read_bytes
    from qa.evaluate.run import Plan, choose_folder, code_fingerprint
    from qa.evaluate.systems import PredictionsSystem, texts_in

    predictions, bad = read_predictions(file)
    _note_bad(bad)
    asked = {question.id for question in gold.questions}
    unknown = [name for name in predictions if name not in asked]
    if unknown and settings["limit"] is None:
        note(f"{len(unknown):,} predictions are of other questions ({unknown[0]!r}, for one): not scored")
    missing = len(asked - set(predictions))
    if missing:
        note(f"{missing:,} questions have no prediction: they score 0")
    gold = replace(gold, bad=(*gold.bad, *bad))
    folder = None
    try:
        folder = find_index(index)
    except NoIndexError:
        if index is not None:
            raise
    said = hashlib.sha256(read_bytes(file)).hexdigest()
    plan = Plan(settings, {"gold": gold.digest, "predictions": said, "code": code_fingerprint()})
    target = choose_folder(out, folder, f"{gold.name}-{file.name.partition('.')[0]}", plan, resume)
    if target is None:
        note("no run folder is kept, for there is no index here; --out DIR keeps one")
    own = {article.id: article.text for article in gold.articles}
    with contextlib.ExitStack() as stack:
        text_of: TextOf | None = own.get if own else None
        if not own and folder is not None:
            text_of = texts_in(stack.enter_context(Assistant(folder, note)))
        return _run(gold, PredictionsSystem(predictions, text_of), plan, target, resume)


def _run(gold: GoldSet, system: Any, plan: Any, folder: Path | None, resume: bool) -> Run:
    from qa.evaluate.run import evaluate as run_all
    from qa.evaluate.run import read_rows

    with unwinding():
        try:
            return run_all(gold, system, plan, folder, resume=resume)
        except KeyboardInterrupt:
            if folder is not None:
                done = len(read_rows(folder)) if (folder / "run.jsonl").exists() else 0
                asked = f"{done:,} of {len(gold.questions):,} questions"
                note(f"stopped after {asked}; the same command with --resume goes on")
            raise typer.Exit(INTERRUPTED) from None


def _print(run: Run, csv: Path | None, html: Path | None, as_json: bool) -> None:
    from qa.evaluate.report import run_csv, run_text
    from qa.evaluate.run import interval_json

    if as_json:
        times = {stage: {at: interval_json(v) for at, v in found.items()} for stage, found in run.times.items()}
        emit({**run.to_json(), "run": str(run.folder) if run.folder else None, "times_ms": times})
    else:
        sys.stdout.write(run_text(run))
    if csv is not None:
        _write(csv, run_csv(run))
    if html is not None:
        from qa.evaluate.page import page

        _write(html, page(run))
    if run.folder is not None:
        note(f"the run is kept in {run.folder}")
    for row in run.errors[:5]:
        note(f"failed: {row.id}: {row.prediction.error}")


def _compare(first: Path, second: Path, as_json: bool) -> None:
    from qa.evaluate.compare import compare
    from qa.evaluate.report import comparison_text

    found = compare(first, second)
    if as_json:
        emit(found.to_json())
    else:
        sys.stdout.write(comparison_text(found, (str(first), str(second))))


def _floors(given: list[str]) -> dict[str, float]:
    """{"em": 0.5} of ["em=0.5"]. Raises UsageError for a metric that does not exist."""
    from qa.evaluate.scores import METRICS

    floors = {}
    for item in given:
        name, _, value = item.partition("=")
        if name not in METRICS:
            raise UsageError(f"--fail-under {item}: no metric {name!r}; metrics are {', '.join(METRICS)}")
        try:
            floors[name] = float(value)
        except ValueError:
            raise UsageError(
                f"--fail-under {item}: {value!r} is no number; type, for instance: --fail-under f1=0.7"
            ) from None
    return floors


def _judge(run: Run, floors: dict[str, float]) -> None:
    """Exit with 1 if a floor is missed, or if a record was bad or a question failed."""
    failed = bool(run.bad or run.errors)
    for name, floor in floors.items():
        found = run.results.metrics.get(name)
        if found is None:
            note(f"{name} does not apply to this set and system, so it is not at least {floor:g}")
        elif found.value < floor:
            note(f"{name} is {found.value:.4f}, lower than {floor:g}")
        else:
            continue
        failed = True
    if failed:
        raise typer.Exit(1)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8", errors="replace")
    except OSError as error:
        raise ArticleQAError(f"{path}: cannot be written ({error.strerror})") from error


def _note_bad(bad: Sequence[BadRecord]) -> None:
    for record in bad[:_NAMED]:
        note(f"left out: {record}")
    if len(bad) > _NAMED:
        note(f"left out: {len(bad) - _NAMED:,} more bad records (run.json names them)")
