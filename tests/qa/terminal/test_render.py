"""Answers as a terminal shows them; whole outputs compared."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.filters import Filters
from index.types import WHOLE_FILE, Article, Place
from qa.terminal.pages import article_text, context_text, explanation_text, passages_text
from qa.terminal.render import answer_text, citation_text, prompts_text, scope_text, source_text, statement_text
from qa.terminal.style import Style, cells, clean, lines_of
from qa.types import (
    Answer,
    Citation,
    Constraint,
    Copy,
    Earlier,
    Explanation,
    Listed,
    Rank,
    RankedPassage,
    Reason,
    Refusal,
    Scope,
    Searched,
    Statement,
)

QUOTE = "Mattis authorized up to 4,000 troops."
CITATION = Citation(
    marker=1, article_id="hill", title="Border", outlet="The Hill", author=None, published="2018-10-18",
    path="news.jsonl", place=Place(record=3), encoding="utf-8", changed=False, url=None, start=100, end=137,
    quote=QUOTE,
    span=(118, 129),
)  # fmt: skip
PASSAGE = RankedPassage(1, 0.5, 7, "hill", 90, 140, "It is so. " + QUOTE + " Yes")
MARKED = Style(width=None, marked=True)


SPAN = Statement("up to 4,000", "span", (1,))


def answer(**fields: Any) -> Answer:
    values = {
        "question": "How many troops?", "statements": (SPAN,), "method": "reader", "citations": (CITATION,),
        "passages": (PASSAGE,), "searched": Searched(1, None, 1),
    }  # fmt: skip
    return Answer(**{**values, **fields})


def refusal(reason: Reason, *names: Sequence[str], **fields: Any) -> Answer:
    return answer(statements=(), citations=(), refusal=Refusal(reason, *map(tuple, names)), **fields)


def test_a_title_that_is_the_quote_is_not_told_again() -> None:
    told = replace(CITATION, title=CITATION.quote, url=None)
    assert source_text(told).split(" · ")[:2] == [told.ref, "The Hill"]
    assert told.title[:20] in source_text(replace(told, url="https://example.org/a"))  # where its link stands


def test_a_source_line_has_the_beginning_of_a_long_title_and_where_else_it_stands() -> None:
    long = replace(CITATION, title="The port authority said on Monday that it would " + "open the harbor " * 9)
    long = replace(long, copies=(Copy("hill.pdf", Place(page=2)), Copy("hill.txt", WHOLE_FILE)))
    _, source, copies = citation_text(long, ref=False).split("\n")
    title = source.strip().split(" · ")[0]
    assert title == "The port authority said on Monday that it would open the harbor open the …"
    assert len(title) <= 80
    assert copies == "    also at: hill.pdf, page 2; hill.txt"


def test_answer() -> None:
    assert answer_text(answer()) == (
        "up to 4,000\n\n"
        "[1] Mattis authorized up to 4,000 troops.\n"
        "    hill:100-137 · Border · The Hill · 2018-10-18 · news.jsonl, line 3"
    )


def test_an_unsure_answer_says_so() -> None:
    said = [
        answer(model="ollama:x"),
        answer(confidence=0.95),
        answer(confidence=0.4),
        answer(confidence=0.2345, unsure=True),
    ]
    words = ["Check it:", "Sure:", "Likely:", "Check it (23%):"]
    assert [answer_text(one).splitlines()[:3] for one in said] == [["up to 4,000", "", word] for word in words]
    sentence = answer(statements=(Statement(QUOTE, "sentence", (1,)),), confidence=0.4)
    assert answer_text(sentence).splitlines()[:2] == ["Likely:", f"[1] {QUOTE}"]


def test_an_address_is_never_broken() -> None:
    url = "https://example.org/" + "long/" * 20
    with_url = Citation(**{**{f: getattr(CITATION, f) for f in Citation.__slots__}, "url": url})
    assert citation_text(with_url, Style(width=40)).splitlines()[-1] == f"    {url}"


def test_wide_characters_take_two_columns() -> None:
    text = "墨西哥 美國 邊境 Me\u0301xico Tijuana"
    shown = passages_text([RankedPassage(1, 0.5, 7, "hill", 0, 9, text)], Style(width=12)).splitlines()
    assert shown[-4:] == ["   墨西哥", "   美國 邊境", "   Me\u0301xico", "   Tijuana"]


@given(
    st.lists(st.text(st.sampled_from("ab\u00a0é蒂/-"), min_size=1, max_size=30), max_size=12), st.sampled_from([40, 60])
)
def test_words_stay_whole_and_lines_fit(words: list[str], width: int) -> None:
    line = " ".join(words)
    shown = lines_of(line, Style(width=width), str, "  ").split("\n")
    assert " ".join(part.strip(" ") for part in shown) == line
    assert all(cells(part) <= width or " " not in part.strip(" ") for part in shown)


def test_every_line_of_an_answer_fits_a_narrow_terminal() -> None:
    long = "a long answer that has more words than one line of a narrow terminal has room for"
    quote = f"It was {long}."
    cited = replace(CITATION, start=0, end=len(quote), quote=quote, span=None, title=long, changed=True,
                    url="https://example.org/" + "long/" * 20)  # fmt: skip
    said = answer(statements=(Statement(long, "span", (1,)),), citations=(cited,), confidence=0.2, unsure=True)
    article = Article("hill", quote, "a.txt", title=long, outlet=long)
    lines = [answer_text(said, Style(width=40)), article_text(article, None, "a.txt", "hill", [long], style=Style(40)),
             answer_text(refusal("no_span", [long], [long]), Style(width=40))]  # fmt: skip
    wide = [line for text in lines for line in text.splitlines() if len(line) > 40]
    assert [line.strip() for line in wide] == [cited.url]


def test_a_refusal_shows_the_sentence_that_shares_most_with_the_question() -> None:
    passage = RankedPassage(1, 0.5, 7, "hill", 90, 290, "It rained all day. " * 10 + "Many troops came.")
    refused = refusal("no_span", question="How many troops came?", passages=(passage,))
    assert answer_text(refused).endswith("\n    … Many troops came.")


def test_answer_on_a_terminal_is_highlighted_and_wrapped() -> None:
    assert answer_text(answer(), Style(width=30, marked=True)) == (
        "\x1b[1mup to 4,000\x1b[0m\n\n"
        "[1] Mattis authorized \x1b[1;4mup to\x1b[0m\n"
        "    \x1b[1;4m4,000\x1b[0m troops.\n"
        "    \x1b[2mhill:100-137 · Border ·\x1b[0m\n"
        "    \x1b[2mThe Hill · 2018-10-18 ·\x1b[0m\n"
        "    \x1b[2mnews.jsonl, line 3\x1b[0m"
    )


def test_a_whole_sentence_as_answer_is_not_said_twice() -> None:
    whole = Citation(**{**{f: getattr(CITATION, f) for f in Citation.__slots__}, "span": (100, 137)})
    assert answer_text(answer(statements=(Statement(QUOTE, "sentence", (1,)),), citations=(whole,))).startswith(
        "[1] Mattis"
    )


def test_a_changed_file_is_said() -> None:
    changed = Citation(**{**{f: getattr(CITATION, f) for f in Citation.__slots__}, "changed": True})
    assert citation_text(changed).endswith(
        "\n    The file no longer says this, or is gone: qa index, with --prune if gone."
    )


def test_refusal() -> None:
    refused = refusal("no_span", ["Canada", "2018"], searched=Searched(1200, None, 1200))
    assert answer_text(refused) == (
        "Not found in the articles: “Canada” and “2018” stand in none of the passages found.\n"
        "Searched: 1,200 articles.\n\n"
        "Nearest passages:\n"
        "  hill:90-140\n"
        "    … Mattis authorized up to 4,000 troops. Yes"
    )
    assert answer_text(refused, k=0).endswith("1,200 articles.")


def test_a_refusal_shows_the_sentences_that_come_nearest() -> None:
    refused = answer(statements=(), citations=(), refusal=Refusal("low_confidence", leads=(CITATION,)))
    assert answer_text(refused).splitlines()[2:] == [
        "",
        "What comes nearest:",
        "[1] Mattis authorized up to 4,000 troops.",
        "    hill:100-137 · Border · The Hill · 2018-10-18 · news.jsonl, line 3",
    ]
    assert answer_text(refused, k=0).endswith("Searched: 1 article.")


def test_what_may_be_meant_is_asked() -> None:
    refused = refusal("no_span", ["Matiss"], ["Mattis"])
    first = answer_text(refused).splitlines()[0]
    assert first.endswith("“Matiss” stands in none of the passages found. Did you mean “Mattis”?")


def test_a_question_about_nothing_and_an_index_of_nothing_are_told() -> None:
    told = answer_text(refusal("low_confidence"))
    assert "do not clearly say it" in told
    assert "Nearest passages" in told
    bare = answer_text(refusal("no_subject"))
    assert bare.endswith("the question does not say what it is about.\nSearched: 1 article.")
    empty = refusal("no_passage", passages=(), searched=Searched(0, None, 0))
    assert "the index has none; qa index PATH adds some." in answer_text(empty)
    nowhere = refusal("no_passage", passages=(), scope=Scope(Filters(outlets=["The Hill"])))
    assert "comes near the question" in answer_text(nowhere)


def test_every_reason_has_words() -> None:
    for reason in get_args(Reason):
        assert "Not found" in answer_text(refusal(reason))


def test_several_things_that_are_said_have_the_marks_of_their_quotes() -> None:
    statements = (
        Statement("4,000", "span", (1,)),
        Statement("Mattis authorized up to 4,000 troops.", "sentence", (1,)),
    )
    one_place = answer_text(answer(statements=statements)).splitlines()
    assert one_place[0] == "4,000"
    listed = (Statement("Peru", "list", (1,)), Statement("Chile", "list", (1,)))
    assert answer_text(answer(statements=listed, more=True)).splitlines()[0] == "Peru; Chile, perhaps more"


def test_what_is_not_answered_and_what_was_said_earlier_is_told() -> None:
    told = answer_text(answer(unanswered=("who paid?",), earlier=(Earlier("61", (1,)),))).splitlines()
    assert "Not found in the articles: who paid?" in told
    assert any(line.startswith("Earlier, ") and line.endswith(": 61 [1]") for line in told)


def test_an_answer_out_of_another_article_than_the_talks_is_announced() -> None:
    assert answer_text(answer(outside=True)).splitlines()[0] == "In another article:"


def test_a_list_of_articles() -> None:
    listed = tuple(
        Listed(f"id{n}", f"Title {n}", "The Hill", "2018-10-18", None, 1 if n == 1 else None) for n in range(1, 13)
    )
    shown = answer_text(
        answer(act="articles", statements=(), reply="12 articles are about “rain”.", count=12, articles=listed)
    ).splitlines()
    assert shown[0] == "12 articles are about “rain”."
    assert "  1. Title 1" in shown
    assert "     The Hill · 2018-10-18 · id1" in shown
    assert any("Mattis authorized" in line for line in shown)
    assert shown[-1] == "and 2 more: qa articles WORDS lists them."


def test_talk_is_a_line() -> None:
    assert answer_text(answer(act="talk", statements=(), citations=(), reply="Hello.")) == "Hello."


def test_an_answer_of_another_outlet_than_is_meant_says_so() -> None:
    def told(name: str) -> list[str]:
        meant = Constraint("outlet", 0, name, "preferred", (name,))
        return answer_text(answer(scope=Scope(Filters(), recognised=(meant,)))).splitlines()

    assert told("The Verge")[:4] == ["up to 4,000", "", "Not found in The Verge; elsewhere it says:", ""]
    assert told("The Hill")[2] == "[1] Mattis authorized up to 4,000 troops."
    assert told("The Hill")[-1] == "understood from the question: outlet: The Hill, preferred"


def test_filters_are_told() -> None:
    given = Filters(outlets=["The Hill"], not_outlets=["Post"], authors=["Jane Doe"], since="2018-10-18")
    assert scope_text(Scope(given)) == "outlet: The Hill; not: Post; author: Jane Doe; published since 2018-10-18"
    words = Scope(Filters(), recognised=(Constraint("outlet", 0, "the Post", "excluded", ("Post",)),))
    assert scope_text(words) == "understood from the question: not: Post"


def test_passages() -> None:
    assert passages_text([PASSAGE]) == f"1. hill:90-140 · score 0.500\n   {PASSAGE.text}"
    assert passages_text([]) == ""


def test_an_explanation_has_a_line_for_each_stage_and_fits_the_width() -> None:
    explanation = Explanation(
        bm25=None, vectors=Rank(12, 0.5), first_stage=Rank(23, 0.31), bonus=0.2, cross_encoder=None,
        matched=(), missing=("Canada",), fits=("The Hill",), why="Found by meaning alone, 23rd of the first stage.",
    )  # fmt: skip
    assert explanation_text(explanation) == (
        "   matches  no word of the question; not there: Canada\n"
        "   BM25     not found\n"
        "   vectors  12th, score 0.500\n"
        "   fused    23rd, score 0.310, 0.2 of it for “The Hill”\n"
        "   ranker   not ranked\n"
        "   why      Found by meaning alone, 23rd of the first stage."
    )
    assert all(len(line) <= 40 for line in explanation_text(explanation, Style(width=40)).splitlines())


def test_article_with_a_citation_in_its_place() -> None:
    article = Article("hill", "First.\n\nSecond one.\nThird.", "a.txt", title="First")
    assert article_text(article, (8, 14), "a.txt", "hill", style=MARKED) == (
        "\x1b[1mFirst\x1b[0m\n\x1b[2mhill · a.txt\x1b[0m\n\nFirst.\n\n\x1b[1;4mSecond\x1b[0m one.\nThird."
    )


def test_a_highlight_over_several_lines_is_closed_on_each() -> None:
    article = Article("hill", "One two.\nThree four.", "a.txt")
    assert (
        context_text(article, (4, 14), [(0, 8), (9, 20)], MARKED)
        == "One \x1b[1;4mtwo.\x1b[0m\n\x1b[1;4mThree\x1b[0m four."
    )


@pytest.mark.parametrize("style", [MARKED, Style()])
def test_private_characters_stay_in_quotes(style: Style) -> None:
    article = Article("hill", "One \ue000two\ue001 three.", "a.txt")
    marked = "One \x1b[1;4m\ue000two\ue001\x1b[0m three."
    assert context_text(article, (4, 9), [(0, 16)], style) == (marked if style.marked else article.text)


def test_carriage_returns_end_lines() -> None:
    article = Article("hill", "One\r\n\r\ntwo\rthree.", "a.jsonl")
    assert context_text(article, (7, 10), [(0, 17)], MARKED) == "One\n\n\x1b[1;4mtwo\x1b[0m\nthree."


def test_context_is_whole_sentences() -> None:
    sentences = [f"{word} {'and so on ' * 20}to its end." for word in ("One", "Two", "Three", "Four", "Five", "Six")]
    article = Article("hill", " ".join(sentences), "a.txt")
    starts = [article.text.index(sentence) for sentence in sentences]
    spans = [(start, start + len(sentence)) for start, sentence in zip(starts, sentences, strict=True)]
    target = (spans[3][0] + 5, spans[3][0] + 8)
    assert context_text(article, target, spans) == " ".join(sentences[1:5])
    assert context_text(article, target, []) == "and"


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_nothing_from_an_article_controls_the_terminal(text: str) -> None:
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", clean(text))
    assert len(clean(text)) == len(text)


def test_escape_codes_become_visible() -> None:
    assert clean("\x1b[31mred\x07") == "�[31mred�"
    assert clean("two\nlines", keep_lines=False) == "two lines"


# ---- in a chat -------------------------------------------------------------------------------------------------------


@given(
    st.lists(st.sampled_from(["“caravan”", "a long name of several words", "墨西哥移民局"]), max_size=6),
    st.integers(0, 5),
    st.sampled_from([40, 60, 80, 110, None]),
)
def test_a_refusal_takes_six_lines(absent: list[str], leads: int, width: int | None) -> None:
    quote = f"{'It was a long sentence 蒂華納 that goes on. ' * 3}".strip()
    cited = [replace(CITATION, marker=n, start=0, end=len(quote), quote=quote, span=None) for n in range(1, leads + 1)]
    found = answer(statements=(), citations=(), refusal=Refusal("no_span", tuple(absent), (), tuple(cited)))
    lines = answer_text(found, Style(width, in_chat=True)).split("\n")
    assert len(lines) <= 6
    assert all(cells(line) <= (width or 999) for line in lines)
    assert sum(line.startswith("[") for line in lines) == min(leads, 3) or len(lines) == 6


def test_sources_in_a_chat_are_opened_by_their_number() -> None:
    found = answer(citations=(replace(CITATION, url="https://example.org/a"),))
    assert (
        answer_text(found, Style(in_chat=True)).split("\n")[-1]
        == "    Border · The Hill · 2018-10-18 · news.jsonl, line 3"
    )
    assert "    https://example.org/a" in answer_text(found)


def test_places_are_links_where_there_can_be() -> None:
    cited = replace(CITATION, url="https://example.org/a", title="A border that is long")
    style = Style(30, marked=False, linked=True, in_chat=True)
    assert citation_text(cited, style, {cited.ref: "file:///n.jsonl#3"}).split("\n")[2:] == [
        "    \x1b]8;;https://example.org/a\x1b\\A border that is long\x1b]8;;\x1b\\ ·",
        "    The Hill · 2018-10-18 ·",
        "    \x1b]8;;file:///n.jsonl#3\x1b\\news.jsonl, line 3\x1b]8;;\x1b\\",
    ]
    broken = citation_text(cited, Style(20, linked=True, in_chat=True), {}).split("\n")
    assert all(line.count("\x1b]8;;https") == line.count("\x1b]8;;\x1b") for line in broken), "none goes on"
    for url in ("javascript:alert(1)", "https://example.org/\x1b\\x", "https://example.org/ x", None):
        assert "\x1b" not in citation_text(replace(cited, url=url), style)


def test_a_statement_that_came_before_is_not_said_again() -> None:
    shown = answer_text(answer(), told=1)
    assert statement_text(SPAN) == "up to 4,000 [1]"
    assert shown.startswith("[1] Mattis")


def test_each_of_several_prompts_is_told_apart() -> None:
    assert prompts_text(answer()) == ""
    assert prompts_text(replace(answer(), prompts=("Choose\x1b[2J.\n",))) == "Choose\N{REPLACEMENT CHARACTER}[2J."
    assert (
        prompts_text(replace(answer(), prompts=("Choose.\n", "Say.")))
        == "--- 1 of 2 ---\nChoose.\n\n--- 2 of 2 ---\nSay."
    )
