"""拜访资料包: one customer a page, to be taken along; whom it was printed for stands across every page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from liuke.exchange.documents.sheet import BODY, FAINT, HEIGHT, MARGIN, WIDTH, Sheets, width

_LABEL = 84.0
_RIGHT = WIDTH - MARGIN
_BOTTOM = HEIGHT - 58
_RESULT = 164.0
"""What the lines for the result need at the foot of a page."""


@dataclass(frozen=True)
class Saying:
    """A moment to act: what was seen, and what to say; `say` "" where there is no sentence for it."""

    seen: str
    say: str = ""


@dataclass(frozen=True)
class PackedCard:
    """One customer as he stands on a page. All words are ready to be read; what is empty is left out."""

    name: str
    number: str
    judgements: str
    why: tuple[str, ...]
    phones: tuple[str, ...]
    wechat: str
    address: str
    facts: tuple[tuple[str, str], ...]
    deals: tuple[tuple[str, str, str], ...]
    holdings: tuple[tuple[str, str], ...]
    likes: str
    avoid: str
    signals: tuple[Saying, ...]
    purpose: str
    due: str
    read: str = ""


@dataclass(frozen=True)
class VisitPack:
    """What is printed: the cards in order, who left out, for whom, of which unit, when, and as of which day the figures are."""

    title: str
    unit: str
    as_of: str
    reader: str
    printed: str
    cards: tuple[PackedCard, ...]
    left_out: str = ""


def visit_pack(pack: VisitPack) -> bytes:
    """The pack as a PDF, A4, one customer a page: what does not fit is left out, the oldest of it first, and the page says how much."""
    sheets = Sheets(pack.title, pack.reader)
    for card in pack.cards:
        _card(sheets, pack, card)
    return sheets.pdf(
        watermark=f"{pack.reader}　{pack.printed}",
        foot=lambda page, pages: (
            _("%(who)s %(when)s打印，用完请收好或销毁") % {"who": pack.reader, "when": pack.printed},
            _("第 %(n)s 页，共 %(m)s 页") % {"n": page, "m": pages},
        ),
    )


def _head(sheets: Sheets, pack: VisitPack) -> float:
    sheets.page()
    end = sheets.say(MARGIN, 40, pack.title, 9, bold=True)
    sheets.say(end + 10, 40, pack.unit, 9, shade=FAINT)
    sheets.say_right(_RIGHT, 40, pack.as_of, 9, shade=FAINT)
    sheets.rule(48)
    return 78.0


def _card(sheets: Sheets, pack: VisitPack, card: PackedCard) -> None:
    """One customer on one page: set as it comes, and where the result would be pushed off, the next shortening until it fits."""
    for lines, counts in _shorter(card):
        y = _head(sheets, pack)
        if _set(sheets, pack, card, y, lines, counts) <= _BOTTOM - _RESULT:
            break
        sheets.drop()
    else:
        raise AssertionError("the shortest form of a card fits on a page")
    _result(sheets, card)


@dataclass(frozen=True)
class _Counts:
    """How much of each history is set, the newest or most urgent first."""

    signals: int
    holdings: int
    deals: int


def _shorter(card: PackedCard) -> Iterator[tuple[int, _Counts]]:
    """(lines of a paragraph at most, counts), ever less: first the histories one by one, the longest first, to two each; then the
    paragraphs; then what is left of the histories."""
    had = {"signals": len(card.signals), "holdings": len(card.holdings), "deals": len(card.deals)}
    for lines, least in ((3, 2), (2, 2), (1, 1), (1, 0)):
        yield lines, _Counts(**had)
        while max(had.values()) > least:
            longest = max(had, key=lambda name: had[name])
            had[longest] -= 1
            yield lines, _Counts(**had)


def _set(sheets: Sheets, pack: VisitPack, card: PackedCard, y: float, lines: int, counts: _Counts) -> float:
    """Everything above the result; gives the base of the line below."""
    if pack.left_out and card is pack.cards[0]:
        y = sheets.write(MARGIN, y - 12, _RIGHT - MARGIN, pack.left_out, 9, most=3) + 14
    end = sheets.say(MARGIN, y, card.name[:40], 18, bold=True)
    sheets.say(end + 10, y, card.judgements, BODY)
    sheets.say_right(_RIGHT, y, card.number, 9, shade=FAINT)
    y += 20
    for sentence in card.why:
        y = sheets.write(MARGIN, y, _RIGHT - MARGIN, sentence, 9.5, most=min(lines, 2))
    y += 6
    y = _section(sheets, y, _("怎么找到他"))
    # How to reach him is never shortened: it is what the page is for.
    y = _pairs(sheets, y, ((_("电话"), "、".join(card.phones)), (_("微信"), card.wechat), (_("地址"), card.address)), 3)
    y = _pairs(sheets, y - 1, card.facts, lines)
    if signals := card.signals[: counts.signals]:
        y = _section(sheets, y, _("这次说什么"))
        for each in signals:
            y = sheets.write(MARGIN, y, _RIGHT - MARGIN, each.seen, BODY, bold=True, most=min(lines, 2))
            if each.say:
                y = sheets.write(MARGIN + 12, y, _RIGHT - MARGIN - 12, f"「{each.say}」", BODY, most=lines)
            y += 2
    if card.likes or card.avoid:
        y = _section(sheets, y, _("聊什么，忌什么"))
        y = _pairs(sheets, y, ((_("喜欢"), card.likes), (_("忌讳"), card.avoid)), lines)
    if holdings := card.holdings[: counts.holdings]:
        y = _section(sheets, y, _("手里有什么"))
        y = _pairs(sheets, y, holdings, lines)
    if deals := card.deals[: counts.deals]:
        y = _section(sheets, y, _("最近成交"))
        for day, content, amount in deals:
            sheets.say(MARGIN, y, day, BODY)
            sheets.say_right(_RIGHT, y, amount, BODY)
            y = sheets.write(MARGIN + _LABEL, y, _RIGHT - MARGIN - _LABEL - width(amount, BODY) - 12, content, BODY, most=1)
    left = sum((len(card.signals), len(card.holdings), len(card.deals))) - counts.signals - counts.holdings - counts.deals
    return sheets.write(MARGIN, y, _RIGHT - MARGIN, _("还有 %(n)s 条放不下，在卡上看") % {"n": left}, 9, shade=FAINT) if left else y


def _section(sheets: Sheets, y: float, title: str) -> float:
    sheets.rule(y - 3)
    sheets.say(MARGIN, y + 14, title, 9, bold=True, shade=FAINT)
    return y + 30


def _pairs(sheets: Sheets, y: float, pairs: tuple[tuple[str, str], ...], most: int) -> float:
    for label, text in pairs:
        if text:
            sheets.say(MARGIN, y, label, BODY, shade=FAINT)
            y = sheets.write(MARGIN + _LABEL, y, _RIGHT - MARGIN - _LABEL, text, BODY, most=most)
    return y + 1


def _result(sheets: Sheets, card: PackedCard) -> None:
    y = _BOTTOM - _RESULT + 14
    sheets.rule(y - 6, shade=0.0)
    sheets.say(MARGIN, y + 12, _("拜访结果"), 9, bold=True, shade=FAINT)
    sheets.say_right(_RIGHT, y + 12, _("借来%(purpose)s，%(due)s前归还") % {"purpose": card.purpose, "due": card.due}, 9, shade=FAINT)
    x = MARGIN
    for word in (_("见到了"), _("没见到"), _("不要再来"), _("成交了"), _("以后再说")):
        x = sheets.say(x, y + 34, f"□ {word}", BODY) + 22
    for line in range(4):
        sheets.rule(y + 58 + line * 22, dash=True, shade=0.55)
    sheets.say(MARGIN, _BOTTOM, _("答应的事"), 9, shade=FAINT)
    sheets.rule(_BOTTOM + 2, MARGIN + 48, MARGIN + 250, dash=True, shade=0.55)
    sheets.say(MARGIN + 270, _BOTTOM, _("归还时间"), 9, shade=FAINT)
    sheets.rule(_BOTTOM + 2, MARGIN + 318, _RIGHT, dash=True, shade=0.55)
