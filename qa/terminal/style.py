"""Pure: text made fit for a terminal: safe, wrapped by cells, with codes where it can show them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

_WORDS = re.compile(r"([^\S\u00a0\u202f]*)((?:\S|[\u00a0\u202f])+)")  # a no-break space belongs to a word


@dataclass(frozen=True, slots=True)
class Style:
    """How a terminal shows text.

    `width` to wrap at (None: do not wrap); `marked`: bold and underline can be shown; `coloured`: colours too;
    `linked`: places can be followed. `in_chat`: a source is opened by its number, and a refusal takes six lines.
    """

    width: int | None = None
    marked: bool = False
    coloured: bool = True
    linked: bool = False
    in_chat: bool = False

    def strong(self, text: str) -> str:
        """Highlighted; white space is left as it is."""
        return f"\x1b[1;4m{text}\x1b[0m" if self.marked and text else text

    def gone(self, text: str) -> str:
        """Text that was there before."""
        return (f"\x1b[9{';31' * self.coloured}m{text}\x1b[0m" if self.marked else f"[-{text}-]") if text else text

    def came(self, text: str) -> str:
        """Text that was not there before."""
        return (f"\x1b[4{';32' * self.coloured}m{text}\x1b[0m" if self.marked else f"{{+{text}+}}") if text else text

    def bold(self, text: str) -> str:
        return f"\x1b[1m{text}\x1b[0m" if self.marked and text else text

    def dim(self, text: str) -> str:
        return f"\x1b[2m{text}\x1b[0m" if self.marked and text else text


PLAIN = Style()


def clean(text: str, keep_lines: bool = True) -> str:
    """`text` that is safe on a terminal: control characters (an article may hold escape codes) become visible.

    As long as it was; the ends of lines are line feeds.

    >>> clean("one\\r\\ntwo\\rthree\\x1b")
    'one \\ntwo\\nthree�'
    """
    text = re.sub(r"[\r\x0b\x0c\x85]", "\n", text.replace("\r\n", " \n"))
    text = re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", "�", text)
    return text if keep_lines else " ".join(text.split())


def lines_of(text: str, style: Style, look: Callable[[str], str] = str, indent: str = "", first: str = "") -> str:
    """`text` wrapped, with `look` line by line; `first` stands in the place of the first indent."""
    wrapped = wrap(text, style, first or indent, indent).split("\n")
    leads = [first or indent, *(indent for _ in wrapped[1:])]
    shown = [lead + look(line[len(lead) :]) for lead, line in zip(leads, wrapped, strict=True)]
    return "\n".join(_with_links(shown))


def fit(text: str, width: int) -> str:
    """`text` in one line of at most `width` columns, cut after a word.

    >>> fit("The port of Dover closed.", 16), fit("Dover", 16)
    ('The port of …', 'Dover')
    """
    text = " ".join(text.split())
    if cells(text) <= width:
        return text
    shown = ""
    for word in text.split(" "):
        if cells(shown + word) > width - 2:
            break
        shown += f"{word} "
    return f"{shown}…" if shown else _cut(text, width - 1) + "…"


TITLE = 80
"""How wide a title may be in a line that tells of more than it; one made of a text's first sentence is long."""


def short_title(title: str) -> str:
    """A title as it stands in such a line: safe for a terminal, and cut after a word."""
    return fit(clean(title, keep_lines=False), TITLE)


def _cut(text: str, width: int) -> str:
    """The beginning of a word that is wider than `width`."""
    shown = ""
    for character in text:
        if cells(shown + character) > width:
            break
        shown += character
    return shown


# ---- highlights and links --------------------------------------------------------------------------------------------

# Stand-ins for codes while lines are wrapped: characters that take no column, and that no cleaned text has.
_ON, _OFF = "\x01", "\x02"
_LINK, _UNLINK = "\x03", "\x04"


def marked(text: str, span: tuple[int, int] | None, style: Style, indent: str = "", first: str = "") -> str:
    """`text` wrapped, with `span` of it highlighted line by line."""
    text = clean(text)
    if span is not None and style.marked:
        text = f"{text[: span[0]]}{_ON}{text[span[0] : span[1]]}{_OFF}{text[span[1] :]}"
    lines, inside = [], False
    for line in wrap(text, style, first or indent, indent).split("\n"):
        body = line.lstrip(" ")
        margin = line[: len(line) - len(body)]
        shown = ""
        for piece in re.split(f"([{_ON}{_OFF}])", body):
            if piece in (_ON, _OFF):
                inside = piece == _ON
            else:
                shown += style.strong(piece) if inside else piece
        lines.append(margin + shown)
    return "\n".join(lines)


def link(text: str, uri: str | None, style: Style) -> str:
    """Cleaned `text` that leads to `uri`, to be shown by `lines_of`; as it is without a URI or where none can be."""
    return f"{_LINK}{uri}{_LINK}{text}{_UNLINK}" if style.linked and uri else text


def _with_links(lines: list[str]) -> list[str]:
    """Lines with the codes of OSC 8 where links begin and end; one that goes on in the next line begins anew there."""
    shown, uri = [], ""
    for line in lines:
        if _LINK not in line and _UNLINK not in line and not uri:
            shown.append(line)
            continue
        codes = _code(uri) if uri else ""
        for piece in re.split(f"({_LINK}[^{_LINK}]*{_LINK}|{_UNLINK})", line):
            if piece.startswith(_LINK):
                uri = piece.strip(_LINK)
                codes += _code(uri)
            elif piece == _UNLINK:
                uri = ""
                codes += _code("")
            else:
                codes += piece
        shown.append(codes + (_code("") if uri else ""))
    return shown


def _code(uri: str) -> str:
    return f"\x1b]8;;{uri}\x1b\\"


# ---- wrapping by cells -----------------------------------------------------------------------------------------------


def wrap(text: str, style: Style, first: str, indent: str) -> str:
    """Each line of `text` wrapped to the width, between words only; blank lines stay."""
    wrapped: list[str] = []
    for line in text.split("\n"):
        lead = first if not wrapped else indent
        if style.width is None or not line.strip():
            wrapped.append((lead + line).rstrip())
            continue
        shown, is_begun = lead, False
        for space, word in _WORDS.findall(line.expandtabs()):
            if is_begun and cells(shown + space + word) > style.width:
                wrapped.append(shown)
                shown, space = indent, ""
            shown += space + word
            is_begun = True
        wrapped.append(shown)
    return "\n".join(wrapped)


def cells(text: str) -> int:
    """How many columns of a terminal `text` takes: wide characters have two; marks on others, and codes, none.

    >>> cells("Tijuana"), cells("蒂華納"), cells("Me\\u0301xico"), cells("🇲🇽 👩‍👧")
    (7, 6, 6, 5)
    """
    text = re.sub(rf"\x1b\[[\d;]*m|{_LINK}[^{_LINK}]*{_LINK}", "", text)
    if text.isascii() and text.isprintable():
        return len(text)
    if max(text, default="") > _PLAIN_UPTO:
        from wcwidth import wcswidth  # knows which of these join others: flags, families

        return max(0, wcswidth(re.sub(f"[{_ON}{_OFF}{_LINK}{_UNLINK}]", "", text)))
    return sum(map(_cells_of, text))


_PLAIN_UPTO = "\u2fff"


@cache
def _cells_of(character: str) -> int:
    if character in (_ON, _OFF, _LINK, _UNLINK) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
