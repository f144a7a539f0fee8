"""What the base model is told of a text beside its runs of characters: what the rules gave it, which signs spoke, and how it is written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import log, log1p, log10

from liuke.analytics.complaint_words.amounts import amounts, stakes
from liuke.analytics.complaint_words.reading import Found

CHANCE, SIGN, MANNER = 0.15, 0.5, 0.5
"""How large the three kinds of feature are beside runs of length 1: the larger, the less the fit holds them back."""
_EDGE = 0.02
_DEADLINE = re.compile(
    r"(?:[今明后]天|[一二两三四五六七八九十\d]{1,4}个?(?:工作)?[天日]|(?:周|星期|礼拜)[一二三四五六日天]|[\d一二三四五六七八九十]{1,3}[点号日]|月底|小时|钟头|中午|下班)"
    r"[^,。!?]{0,4}(?:前|内|以里)|within|\bby (?:mon|tue|wed|thu|fri|sat|sun|noon|tomorrow)"
)
_ELSE = re.compile(r"否则|不然|要不|otherwise|\bor (?:i|we) ")
_MUST = re.compile(r"必须|立刻|马上|立即|务必|限(?:期|时|你)|\bmust\b|at once|immediately")


def features(text: str, scores: Mapping[str, Mapping[str, float]], found: list[Found], limit: float) -> dict[str, float]:
    """Name → number, of a plain text. `scores`: what the rules gave every value and need; `limit`: severe money, in currency units."""
    named = {f"{axis}.{value}": CHANCE * _logit(score) for axis, values in scores.items() for value, score in values.items()}
    named |= {f"sign.{hit.sign.name}": SIGN * hit.weight for hit in found}
    largest = max((amount.value for amount in amounts(text)), default=0.0)
    stake = max((stake.weight for stake in stakes(text, limit=limit, share=1.0, money_back=False)), default=0.0)
    manner = {
        "length": min(log1p(len(text)) / 5, 1.5),
        "exclamations": min(text.count("!"), 4) / 4,
        "questions": min(text.count("?"), 3) / 3,
        "quoted": '"' in text or "“" in text,
        "latin": text.isascii(),
        "money": min(log10(1 + largest * 1000 / limit) / 4, 1.5) if limit else 0.0,
        "much money": largest > limit,
        "at stake": stake,
        "deadline": _DEADLINE.search(text) is not None,
        "or else": _ELSE.search(text) is not None,
        "must": _MUST.search(text) is not None,
    }
    return named | {f"manner.{name}": MANNER * float(value) for name, value in manner.items()}


def _logit(chance: float) -> float:
    chance = min(max(chance, _EDGE), 1 - _EDGE)
    return log(chance / (1 - chance))
