"""From signs to a suggestion: the page's rules weigh them, the base model weighs the rules' answers and the words again."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp

from liuke.analytics.complaint_words.amounts import priced, stakes
from liuke.analytics.complaint_words.base import NEEDS, TOLD, chances, heat, pieces, shipped
from liuke.analytics.complaint_words.features import features
from liuke.analytics.complaint_words.grams import grams
from liuke.analytics.complaint_words.reading import Found, find
from liuke.analytics.complaint_words.suggestion import AXES, CAUSES, CHANNELS, EMOTIONAL, RATIONAL, Said, Suggestion, Words
from liuke.analytics.complaint_words.text import Plain, plain

MOST_WORDS = 6
"""Shown for one value; more would hide the reason."""
CAUSE_SHARE = 0.3
"""Of the main cause's weight: what another cause must have to be named beside it."""
HEAVY = 0.5
"""A need this likely by the rules keeps weaker ones back; a channel is told where it is this likely that one is."""
AT_STAKE, REPEATED = 0.95, 0.93
"""How sure it is severe where money over the limit, or a third failure, is known beside the text."""
LEFT = frozenset(("ordinary", "passive_complaining", "criticism"))
"""Values of what is left where nothing speaks for another: no words are shown for them but the rules' own."""
USUAL = {"telephone": 0.45, "email": 0.1, "on_site": 0.2, "other": 0.25}
"""By which way complaints come that do not tell it."""
_CAUSE_BEFORE = {"product_quality": 0.25, "service": 0.45, "price": 0.05, "integrity": 0.1}
_CHANNEL_BEFORE = {"telephone": 0.5, "email": 0.05, "on_site": 0.15, "other": 0.1}


@dataclass(frozen=True, slots=True)
class Limits:
    """When money makes a case severe: more than `cents`, or more than `share` of the deal."""

    cents: int = 100_000
    share: float = 0.2


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the rules make of a text. `scores`: axis (also "needs") → value → what the rules give it; `features` for the model."""

    read: Plain
    votes: _Votes
    scores: dict[str, dict[str, float]]
    features: dict[str, float]


def weigh(text: str, limits: Limits | None = None) -> Weighed:
    """The rules alone. Refuses complaint.empty and complaint.too_long."""
    limits = limits or Limits()
    read = plain(text)
    found = find(read)
    votes = _Votes(read, found)
    _money(votes, limits)
    scores = {
        "severity": _severity(votes),
        "cause": _shares(votes, CAUSES, _CAUSE_BEFORE),
        "channel": _shares(votes, CHANNELS, _CHANNEL_BEFORE),
        "behaviour": _behaviour(votes),
        "purpose": _purpose(votes),
    }
    scores["needs"] = _needs(votes, scores["behaviour"])
    return Weighed(read, votes, scores, features(read.text, scores, found, limits.cents / 100))


def classify(
    text: str, *, amount_cents: int | None = None, deal_cents: int | None = None, repeats: int = 0, limits: Limits | None = None
) -> Suggestion:
    """What the text suggests on every axis, and the needs.

    `amount_cents` is the money at stake and `deal_cents` the deal, where they are known beside the text; `repeats` how many times the
    same thing had failed before. Refuses complaint.empty and complaint.too_long.
    """
    limits = limits or Limits()
    weighed = weigh(text, limits)
    said = _Said(weighed)
    at_stake = amount_cents is not None and (amount_cents > limits.cents or bool(deal_cents and amount_cents > limits.share * deal_cents))
    scores = said.scores
    scores["severity"] = _known(scores["severity"], at_stake, repeats)
    scores["channel"] = _told(scores)
    chosen = {axis: said.value(axis, *_first(scores[axis])) for axis in AXES}
    named = [need for need in sorted(NEEDS, key=lambda each: -scores["needs"][each]) if scores["needs"][need] >= said.base.named]
    needs = {need: said.value("needs", need, scores["needs"][need]) for need in named}
    return Suggestion(
        severity=chosen["severity"],
        cause=chosen["cause"],
        others=_others(weighed.votes, scores["cause"], chosen["cause"].value),
        channel=chosen["channel"],
        behaviour=chosen["behaviour"],
        purpose=chosen["purpose"],
        emotional=tuple(needs[need] for need in named if need in EMOTIONAL),
        rational=tuple(needs[need] for need in named if need in RATIONAL),
        scores={axis: scores[axis] for axis in (*AXES, "needs")},
        read=len(weighed.read.text),
    )


class _Said:
    """What the base model makes of it."""

    def __init__(self, weighed: Weighed) -> None:
        self.weighed = weighed
        self.base = shipped()
        self.runs = grams(weighed.read.text)
        self.scores = chances(self.base, heat(self.base, self.runs, weighed.features))

    def value(self, axis: str, value: str, sure: float) -> Said:
        """A value with the words the rules found for it, else those that weighed most with the model; what is only left has none."""
        words = self.weighed.votes.words("angry_venting" if value == "vent" else value)
        left = value in LEFT or (axis == "channel" and self.scores[TOLD]["channel"] < HEAVY)
        if not words and not left:
            read = self.weighed.read
            words = tuple(read.words(start, end) for start, end in pieces(self.base, read.text, self.runs, axis, value))
        return Said(value, min(max(sure, 0.01), 0.99), words)


def _known(severity: dict[str, float], at_stake: bool, repeats: int) -> dict[str, float]:
    """With what is known beside the text."""
    ordinary = severity["ordinary"] * (1 - AT_STAKE if at_stake else 1.0) * (1 - REPEATED if repeats >= 2 else 1.0)
    return {"ordinary": ordinary, "severe": 1 - ordinary}


def _told(scores: dict[str, dict[str, float]]) -> dict[str, float]:
    """A text that tells no channel most likely came by the usual one."""
    told = scores[TOLD]["channel"]
    return {value: told * chance + (1 - told) * USUAL[value] for value, chance in scores["channel"].items()}


class _Votes:
    """What was said for every value."""

    def __init__(self, read: Plain, found: list[Found]) -> None:
        self.read = read
        self.sum: dict[str, float] = {}
        self.no: dict[str, float] = {}
        self.against: dict[str, float] = {}
        self.weak: dict[str, float] = {}
        self.spans: dict[str, list[tuple[float, tuple[int, int]]]] = {}
        for hit in found:
            for value, weight in hit.sign.votes.items():
                if hit.sign.weak and value in NEEDS:
                    self.weak[value] = max(self.weak.get(value, 0.0), weight * hit.weight)
                    self.spans.setdefault(value, []).extend((weight / 2, span) for span in hit.spans)
                else:
                    self.add(value, weight * hit.weight, hit.spans)

    def add(self, value: str, weight: float, spans: list[tuple[int, int]] | None = None) -> None:
        if weight < 0:
            self.against[value] = self.against.get(value, 1.0) * (1 + weight)
            return
        times = min(len(spans or ()), 3)
        # A second word of the same kind says little that is new.
        self.sum[value] = self.sum.get(value, 0.0) + weight * (1 + 0.15 * max(times - 1, 0))
        self.no[value] = self.no.get(value, 1.0) * (1 - min(weight, 0.97))
        self.spans.setdefault(value, []).extend((weight, span) for span in spans or ())

    def chance(self, value: str) -> float:
        """Each sign on its own would make it so with its weight: the chance that one of them does."""
        return (1 - self.no.get(value, 1.0)) * self.against.get(value, 1.0)

    def words(self, value: str) -> tuple[Words, ...]:
        """The words that weighed most, in the text's order, none inside another."""
        strongest = sorted(self.spans.get(value, ()), key=lambda item: (-item[0], item[1]))
        kept: list[tuple[int, int]] = []
        for _, (start, end) in strongest:
            if len(kept) < MOST_WORDS and not any(start < right and left < end for left, right in kept):
                kept.append((start, end))
        return tuple(self.read.words(start, end) for start, end in sorted(kept))


def _money(votes: _Votes, limits: Limits) -> None:
    back = votes.chance("compensation") > 0.4 or votes.sum.get("product_quality", 0.0) + votes.sum.get("integrity", 0.0) > 1.5
    for stake in stakes(votes.read.text, limit=limits.cents / 100, share=limits.share, money_back=back):
        votes.add("severe", stake.weight, [stake.span])
        if stake.above_quote:
            votes.add("integrity", 2.0, [stake.span])
    agreed = votes.sum.get("integrity", 0.0)
    if agreed >= 1.5:
        # More than was said is not a matter of dear.
        votes.sum["price"] = 0.5 * votes.sum.get("price", 0.0)
    if (charge := priced(votes.read.text)) is not None:
        votes.add("price", 0.9 if agreed < 1 else 0.2, [charge])


def _severity(votes: _Votes) -> dict[str, float]:
    severe = max(votes.chance("severe"), 0.03)
    return {"ordinary": 1 - severe, "severe": severe}


def _shares(votes: _Votes, values: tuple[str, ...], before: dict[str, float]) -> dict[str, float]:
    """Weights to shares: as a reader would bet, the heavier the difference the surer."""
    heat = {value: exp(1.1 * (votes.sum.get(value, 0.0) + before[value])) for value in values}
    total = sum(heat.values())
    return {value: each / total for value, each in heat.items()}


def _behaviour(votes: _Votes) -> dict[str, float]:
    """The strongest that fits."""
    left, scores = 1.0, {}
    for value in ("extreme", "angry_venting", "negative_publicity"):
        chance = votes.chance(value)
        scores[value] = left * chance
        left *= 1 - chance
    return {"passive_complaining": left, **scores}


def _purpose(votes: _Votes) -> dict[str, float]:
    """A demand with force outweighs a proposal; what is neither is displeasure."""
    accusation = votes.chance("accusation")
    suggestion = votes.chance("suggestion") * (1 - accusation)
    return {"suggestion": suggestion, "criticism": 1 - accusation - suggestion, "accusation": accusation}


def _first(scores: dict[str, float]) -> tuple[str, float]:
    value = max(scores, key=lambda each: scores[each])
    return value, scores[value]


def _others(votes: _Votes, scores: dict[str, float], main: str) -> tuple[Said, ...]:
    least = max(CAUSE_SHARE * votes.sum.get(main, 0.0), 1.0)
    others = [value for value in CAUSES if value != main and votes.sum.get(value, 0.0) >= least]
    return tuple(Said(value, scores[value], votes.words(value)) for value in sorted(others, key=lambda each: -scores[each]))


def _needs(votes: _Votes, behaviour: dict[str, float]) -> dict[str, float]:
    """The chance of every need.

    What was asked for outright keeps what is only hinted at from being named; who was not welcomed is not said to be slighted as well;
    anger wants to be let out, also where it turned into a deed or a threat.
    """
    chance = {need: votes.chance(need) for need in NEEDS}
    for need, weak in votes.weak.items():
        if not any(chance[other] >= HEAVY for other in RATIONAL if other != need):
            chance[need] = 1 - (1 - chance[need]) * (1 - weak)
    angry, extreme = behaviour["angry_venting"], behaviour["extreme"]
    hot = votes.chance("angry_venting") >= 0.25 or chance["vent"] > 0.2
    chance["vent"] = max(angry, extreme * (0.62 if hot else 0.25))
    if chance["welcomed"] >= HEAVY or chance["vent"] >= HEAVY:
        chance["taken_seriously"] *= 0.5
    return chance
