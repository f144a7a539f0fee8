"""Signs read from their files, and found in a text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from liuke.analytics.complaint_words.suggestion import AXES, EMOTIONAL, RATIONAL
from liuke.analytics.complaint_words.text import Plain, inside, quotes

FILES = ("harm", "threats", "goods", "treatment", "money", "feeling", "wishes", "channel", "wide")
VALUES = frozenset(value for values in AXES.values() for value in values) | frozenset(EMOTIONAL) | frozenset(RATIONAL)
_HERE = Path(__file__).parent / "signs"
_ZH_GAP, _EN_GAP = r"[^。!?;\n]", r"[^.!?;\n]"


class BadSign(ValueError):
    """A sign that cannot be used, said with its file and name."""


@dataclass(frozen=True, slots=True)
class Sign:
    """Patterns that mean one thing, and what they speak for.

    `votes`: value or need → the probability that it is so where the sign stands alone (causes and channels: a weight); below 0 it
    speaks against. `own`: counts only as the writer's own, undenied words: not what staff are quoted with, not “I do not want to”.
    `denied`: a plain “no, not” before it takes it back. `weak`: a need it speaks for gives way to one said outright. A sign without
    patterns is found by code, see MANNERS.
    """

    name: str
    votes: dict[str, float]
    own: bool
    denied: bool
    weak: bool
    zh: tuple[re.Pattern[str], ...]
    en: tuple[re.Pattern[str], ...]


@dataclass(slots=True)
class Found:
    """A sign in a text, with the spans of the plain text that spoke, in order. `weight` below 1: said by half."""

    sign: Sign
    weight: float
    spans: list[tuple[int, int]] = field(default_factory=list)


@cache
def signs() -> tuple[Sign, ...]:
    """Every sign of the files."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    names: dict[str, str] = yaml.load((_HERE / "words.yaml").read_text(encoding="utf-8"), Loader=loader)  # noqa: S506
    names = {name: re.sub(r"\s*\n\s*|(?<=\|)\s+", "", value).strip() for name, value in names.items()}
    found: list[Sign] = []
    for file in FILES:
        rows: list[dict[str, Any]] = yaml.load((_HERE / f"{file}.yaml").read_text(encoding="utf-8"), Loader=loader)  # noqa: S506
        found += [_sign(file, row, names) for row in rows]
    return tuple(found)


def _sign(file: str, row: dict[str, Any], names: dict[str, str]) -> Sign:
    where = f"{file}.yaml, {row.get('name')}"
    unknown = set(row["votes"]) - VALUES
    if unknown or set(row) - {"name", "votes", "own", "not", "weak", "zh", "en"}:
        raise BadSign(f"{where}: {sorted(unknown) or sorted(row)}")
    return Sign(
        name=row["name"],
        votes={value: float(weight) for value, weight in row["votes"].items()},
        own=bool(row.get("own")),
        denied=bool(row.get("not")),
        weak=bool(row.get("weak")),
        zh=tuple(_compiled(where, line, names, _ZH_GAP, (6, 14)) for line in row.get("zh", "").splitlines() if line.strip()),
        en=tuple(
            _compiled(where, rf"(?<![a-z])(?:{line.strip()})(?![a-z])", names, _EN_GAP, (20, 45))
            for line in row.get("en", "").splitlines()
            if line.strip()
        ),
    )


def _compiled(where: str, line: str, names: dict[str, str], gap: str, reach: tuple[int, int]) -> re.Pattern[str]:
    """<name> is a name of words.yaml; ~ up to a few characters of the same sentence, ~~ some more."""
    pattern = line.strip()
    for _ in range(2):
        pattern = re.sub(r"<(\w+)>", lambda hit: f"(?:{names[hit.group(1)]})", pattern)
    edge = r"\b" if gap == _EN_GAP else ""
    pattern = pattern.replace("~~", f"{gap}{{0,{reach[1]}}}?{edge}").replace("~", f"{gap}{{0,{reach[0]}}}?{edge}")
    try:
        return re.compile(pattern)
    except re.error as fault:
        raise BadSign(f"{where}: {fault} in {line.strip()[:80]}") from fault


_DENIED = re.compile(
    r"(?:没有?(?:任何|什么|出现|发生|造成|人)?|未(?:曾|见|发生)?|并非|不是|不会|无(?!理|良|语|耻)|不算|"
    r"\b(?:no|not|never|without|isn't|wasn't|didn't|don't|nobody (?:was|got)|no one (?:was|got))\s(?:\w+\s){0,2})$"
)
_UNWILLING = re.compile(
    r"(?:不是(?!不)(?:来|想|要|为了?|说)?|并不(?:是|想|打算)?|(?<!能)(?<!要)(?<!想)不想|没想(?:过|要)?|没打算|不打算|(?<!会)不会|不用|"
    r"不必|(?<!要)不要(?:求)?|不需要|不求|不图|无意|没有?要|"
    r"(?<!特)(?<!分)(?<!个)(?<!级)别(?!的|人|家)(?:跟我|给我|跟我提|和我谈)?|懒得|不愿意?|不至于|没必要|不指望|不稀罕|暂时不|先不|"
    r"不在乎|不为|"
    r"\b(?:not|don't|do not|didn't|never|won't|wouldn't|no need to|rather not|without|isn't about|aren't) (?:\w+ ){0,4})[^,。!?;:\n.]{0,6}$"
)
_I_WILL_NOT = re.compile(
    r"(?:我|俺|老子|i)(?:们|也|又|并|是|从来|可|真){0,2}\s?(?:不想|不会|没想|不打算|不敢|不是(?:要|想|来)|没打算|won't|don't want|"
    r"wouldn't|am not)"
)
_YET = re.compile(r"^[^。!?\n]{0,14}[,，]?\s?(?:但|可(?!以)|不过|除非|别逼|如果|要是|再|你们?(?:要|如果|再|别)|but|unless|if)")
_STAFF_SAYS = re.compile(
    r"(?:店员|员|长|经理|他|她|师傅|客服|老板娘?|顾问|前台|销售|人家|对方|物业|售后|医生|老师|教练|司机|保安|商家|卖家|你们)"
    r"(?:还|就|居然|竟然|竟|直接|却|又|只|都|一直|反过来|一句|跟我|对我|当场|冷冷地|不耐烦地){0,2}"
    r"(?:说|讲|回我|回复|告诉我|跟我说|让我|叫我|问我|威胁|甩|丢|扔|来(?:了)?(?:一)?句|嚷|吼)"
    r"(?:我们?)?[:,\s]?[“「『\"]?(?:有本事|随便你?|爱|想|要|去|那你|你|不服|我们|让)[^。!?\n]{0,8}$"
)
_STAFF_QUOTED = re.compile(
    r"(?:说|讲|回|问|答|吼|嚷|骂|喊|叫|道|句|said|says|told me|replied|goes|shouted|was like)[^。!?\n]{0,6}[:,\s]?[“「『\"]?$"
)
_I_SAY = re.compile(
    r"(?:我|本人|俺|\bi)(?:就|也|还|都|再|只|当时|跟你们?|给你们?|跟他们?|对他们?|和他们?)*(?:说|讲|问|回|想|\bsaid|"
    r"\btold)[^。!?\n]{0,8}$"
)


def find(plain: Plain) -> list[Found]:
    """The signs of a text, in the files' order."""
    text = plain.text
    quoted = quotes(text)
    manner = manners(plain)
    letters = any("a" <= char <= "z" for char in text)
    han = not text.isascii()
    found = []
    for sign in signs():
        hit = Found(sign, 0.0)
        for pattern in (*(sign.zh if han else ()), *(sign.en if letters else ())):
            for match in pattern.finditer(text):
                start, end = match.span()
                if end > start and (weight := _heard(sign, text, start, end, quoted)):
                    hit.weight = max(hit.weight, weight)
                    hit.spans.append((start, end))
        if sign.name in manner:
            hit.spans, hit.weight = manner[sign.name], 1.0
        if hit.spans:
            hit.spans = _apart(hit.spans)
            found.append(hit)
    bad = any(hit.sign.name in _BAD_FACT for hit in found) or _WHAT_WAS_DONE.search(text) is not None
    praised = [hit.span() for hit in _CONTRAST.finditer(text)]
    missed = [span for hit in found if hit.sign.name == "a date that was promised and missed" for span in hit.spans]
    # A date that was promised is a date missed, not a word broken.
    found = [hit for hit in found if hit.sign.name != "other than said or agreed" or not _all_within(hit.spans, missed)]
    # What staff say the customer broke is no fault of the goods.
    blamed = [span for hit in found if hit.sign.name == "blamed, not believed, not understood" for span in hit.spans]
    found = [hit for hit in found if hit.sign.name not in _BAD_FACT[:2] or not _all_within([(left, left) for left, _ in hit.spans], blamed)]
    return [
        hit
        for hit in found
        if (bad or hit.sign.name != "praise beside a bad fact") and not (hit.sign.votes.get("service") and _all_within(hit.spans, praised))
    ]


MANNERS = (
    "capital letters",
    "praise beside a bad fact",
    "one exclamation mark",
    "exclamation marks",
    "many exclamation marks",
    "a question that wants no answer",
)
"""Signs of how a thing is written, not of what is said."""
_SHOUT = re.compile(r"(?<![谢您好])!+")
_ASKED = re.compile(r"(?:你们?|您|贵.|他们|谁|\byou\b|\bi\b)[^。!?\n]{0,24}(?:吗|呢|吧|啊|么|嘛|呗|\b\w+)?[)”\"]?\?")
_ASKS = re.compile(
    r"能|可以|可否|请|麻烦|什么时候|啥时候|何时|多久|几|哪天|哪里|是不是该|考虑|建议|怎么(?:办|处理|解决)|可不可|行吗|好吗|\b(?:can|"
    r"could|would|when|how long|may|will|what time|please|where is)\b"
)


def manners(plain: Plain) -> dict[str, list[tuple[int, int]]]:
    """The spans of every one of MANNERS that the text has."""
    found: dict[str, list[tuple[int, int]]] = {}
    if plain.shouted:
        found["capital letters"] = list(plain.shouted)
    marks = [hit.span() for hit in _SHOUT.finditer(plain.text)]
    count = sum(end - start for start, end in marks)
    if count:
        found[MANNERS[1 + min(count, 3)]] = marks[:3]
    asked = [hit.span() for hit in _ASKED.finditer(plain.text) if not _ASKS.search(hit.group())]
    if praise := _gushing(plain.text):
        found["praise beside a bad fact"] = praise
    if asked:
        found["a question that wants no answer"] = asked[:2]
    return found


_GUSH = re.compile(
    r"(?:真是|真的是|实在是|简直|可真是?)?(?:太|真|好|可真?|超)(?:好|棒|周到|贴心|体贴|专业|讲究|敬业|高级|良心|靠谱|热情|省心|准时|用心|细心|划算|大方)"
    r"(?:了|啊|呀|哦|呢|[,。!]|$)|干得(?:漂亮|好|不错)[,。!]|(?:真|可真?|太)会(?:照顾|心疼|体贴|替)|高[,、]?(?:实在|真)是高|实在是高|(?:不愧|无愧)(?:是|为|于)|(?:真|太)(?:让人?|令人)(?:~)?(?:感动|佩服|放心|开眼)|"
    r"\b(?:what|such) (?:a |an )?(?:wonderful|lovely|fantastic|brilliant|excellent|marvell?ous|great) "
    r"(?:service|surprise|experience|touch|job|start)|\b(?:you must|must) be (?:so |very )?proud|"
    r"^(?:oh )?(?:lovely|brilliant|wonderful|fantastic|great)(?:,? (?:another|yet another|so)|, (?:the|my|your|now))\b"
)
_HEDGED = re.compile(
    r"^[^。!?\n]{0,12}?(?:但|不过|可(?!真|不)|只是|就是|唯独|美中不足|除了|可惜|but|although|except|only)|^[^。!?\n]{0,6}(?:谢谢|感谢|thank)"
)
_BAD_FACT = (
    "broken, failing, faulty",
    "badly made, badly done",
    "a good and how soon it failed",
    "waits and missed dates",
    "rude, looked down on",
    "put off, passed on, not answered",
    "nobody takes notice on arrival",
    "dear",
    "other than said or agreed",
    "bodies hurt",
)
_WHAT_WAS_DONE = re.compile(
    r"把[^,。!?\n]{1,10}(?:成|给|到|扔|弄|搞)|直接(?:扔|丢|放|走|挂)|居然|竟然?|买了?(?:个|一)|"
    r"\b(?:threw|dumped|smashed|left it)\b|\b(?:minutes|hours|days) (?:for|to)\b"
)
_WISHED = re.compile(r"(?:就|会|那|能|要是|如果|以前|原来|本来|别家|人家|觉得|希望|想)[^,。!?\n]{0,6}$|[不没]$")
_CONTRAST = re.compile(
    r"(?:服务|态度|店员|师傅|前台|客服|医生|护士|老师|教练|人|经理|顾问|销售|小哥|小姑娘|阿姨)[^,。!?\n]{0,6}?(?<![不没])"
    r"(?:不错|(?:挺|很|蛮|还算|算|倒是?|都|也|还|十分|非常)(?:挺|很|蛮|算|是|好|不错|热情|客气|周到|可以|行|有礼貌|和气|耐心|没得说|没话说){1,3})"
    r"[^。!?\n]{0,3}[,，;]?(?:就是|但|可(?!真)|不过|只是|只可惜|可惜|然而)|"
    r"\b(?:staff|service|driver|waiter|waitress|manager|technician|fitter|people|team|lady|man|girl|nurse|doctor)\b[^.!?\n]{0,16}"
    r"\b(?:polite|friendly|lovely|kind|nice|helpful|great|good|courteous|pleasant)\b[^.!?\n]{0,12}\bbut\b"
)


def _all_within(spans: list[tuple[int, int]], outer: list[tuple[int, int]]) -> bool:
    """Whether every span lies in praise before a “but”: no word against the service."""
    return bool(outer) and all(any(left <= start and end <= right for left, right in outer) for start, end in spans)


def _gushing(text: str) -> list[tuple[int, int]]:
    """Praise that nothing takes back; beside a bad fact it is meant the other way."""
    return [
        hit.span()
        for hit in _GUSH.finditer(text)
        if not _HEDGED.search(text[hit.end() : hit.end() + 24]) and not _WISHED.search(text[max(0, hit.start() - 10) : hit.start()])
    ][:2]


def _apart(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """In order, those that overlap made one."""
    apart: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if apart and start < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart


def _heard(sign: Sign, text: str, start: int, end: int, quoted: list[tuple[int, int]]) -> float:
    """How much a place counts: 1, less for a veiled threat, 0 where it is denied or another's words."""
    before = text[max(0, start - 24) : start]
    if sign.denied and _DENIED.search(before):
        return 0.0
    if not sign.own:
        return 1.0
    quote = inside(quoted, start)
    lead = text[max(0, quote[0] - 16) : quote[0]] if quote else before
    if (quote and _STAFF_QUOTED.search(lead) and not _I_SAY.search(lead)) or (not quote and _STAFF_SAYS.search(before)):
        return 0.0
    if _I_WILL_NOT.match(text, start, end):
        return 0.0
    # 也不会砸: the word that denies may share its end with the sign's beginning.
    if _UNWILLING.search(before + text[start] if text[start] in "会想要敢能" else before):
        return 0.6 if _YET.search(text[end : end + 24]) else 0.0
    return 1.0
