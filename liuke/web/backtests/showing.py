"""What the page of a backtest shows to one reader: everybody's figures, and of units, people and customers only those in sight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.paginator import Page, Paginator
from django.utils.translation import gettext as _

from liuke.customers.models import Customer
from liuke.standing.backtest_groups import apart
from liuke.standing.backtest_words import FEW, finding, green_words, model_word, not_fitted_words, row_of, sentences, why_words
from liuke.standing.labels import Grade
from liuke.standing.models import Backtest, ChurnFit, Run
from liuke.team.models import User
from liuke.team.queries import units_in_scope
from liuke.web.backtests.calibration_picture import NARROW, picture, point_words
from liuke.web.words import NOTHING, percent, signed, thousands

BY = ("unit", "owner", "grade")
GREEN_PAGE = 50


@dataclass(frozen=True)
class Group:
    """One line of the table of groups, as words; `off`: what happened lies outside what chance would do to what was said."""

    name: str
    letter: str
    customers: str
    said: str
    left: str
    difference: str
    off: bool
    tells: str


@dataclass(frozen=True)
class Safe:
    """A customer who was called safe and left."""

    id: int
    name: str
    unit: str
    owner: str
    leave: str
    amount_cents: int


def page_of(tested: Backtest, user: User, by: str, today: date, page: str | None = None) -> dict[str, Any]:
    """The context of backtests/backtest.html for a finished backtest; `page`: of those called safe who left.

    The number of queries is constant.
    """
    result: Mapping[str, Any] = tested.result
    safe = green_lost(result, user, page)
    return {
        "result": result,
        "finding": finding(result, tested.as_of, today),
        "sentences": sentences(result),
        "picture": picture(result["calibration"]),
        "small_picture": picture(result["calibration"], NARROW),
        "bins": [(point, point_words(point)) for point in result["calibration"]],
        "models": [_model(row, result["chosen"]) for row in (*result["models"], *_not_fitted(result))],
        "chosen": row_of(result, result["chosen"]),
        "why": why_words(result["why"]),
        "by": by,
        "groups": groups(result, user, by),
        "safe": safe,
        "overrides": overrides(result),
    }


def _not_fitted(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Lines for the models that have no figures."""
    empty = dict.fromkeys(("auc", "lift_10", "brier", "ece", "predicted_deals"))
    return [{"model": key, "code": code, **empty} for key, code in result["not_fitted"].items()]


def _model(row: Mapping[str, Any], chosen: str) -> tuple[str, Mapping[str, Any], bool, str]:
    """(its name, its figures, whether it is in use, why it has no figures)."""
    return model_word(row["model"]), row, row["model"] == chosen, not_fitted_words(row.get("code", ""))


def groups(result: Mapping[str, Any], user: User, by: str) -> list[Group]:
    """The lines of one kind of group ("unit", "owner", "grade") that the reader may see; units and people by number of customers."""
    names: dict[Any, str]
    if by == "grade":
        names = {grade.value: str(grade.label) for grade in Grade}
    elif by == "unit":
        names = dict(units_in_scope(user).values_list("pk", "name"))
    else:
        names = dict(User.objects.filter(unit__in=units_in_scope(user)).values_list("pk", "name"))
    seen = [row for row in result["groups"][by] if row["key"] in names]
    if by != "grade":
        seen.sort(key=lambda row: (-row["customers"], names[row["key"]]))
    told = row_of(result, result["chosen"])["ece"] is not None
    return [_group(row, names[row["key"]], row["key"] if by == "grade" else "", told) for row in seen]


def _group(row: Mapping[str, Any], name: str, letter: str, told: bool) -> Group:
    """`told`: what was said is a probability over the days looked at, so that a difference means something."""
    n, said, left = row["customers"], row["predicted"], row["actual"]
    if n < FEW:  # too few for a share
        counts = {"said": f"{n * said:.1f}", "left": round(n * left), "n": n}
        return Group(
            name, letter, thousands(n), _("%(said)s ÷ %(n)s") % counts, _("%(left)s ÷ %(n)s") % counts, _("说不准，人太少"), False, "—"
        )
    off = told and apart(said, left, n)
    difference = _("%(points)s 点") % {"points": signed(100 * (left - said), 1)} if off else _("差别在误差内") if told else NOTHING
    return Group(name, letter, thousands(n), percent(said), percent(left), difference, off, percent(row["auc"]))


def green_lost(result: Mapping[str, Any], user: User, page: str | None) -> Page[Safe]:
    """One page of those called safe who left and whom the reader may see, most spent first."""
    rows = result["green_lost"]
    seen = Customer.objects.visible_to(user).filter(pk__in=[row["customer"] for row in rows])
    cards = {pk: rest for pk, *rest in seen.values_list("pk", "name", "unit__name", "owner__name")}
    mine = []
    for row in rows:
        if row["customer"] in cards:
            name, unit, owner = cards[row["customer"]]
            mine.append(Safe(row["customer"], name, unit, owner or "", green_words(row["leave"]), row["amount_cents"]))
    return Paginator(mine, GREEN_PAGE).get_page(page)


def overrides(result: Mapping[str, Any]) -> str:
    """How people's own judgements did, as a sentence."""
    found = result["overrides"]
    if not found["scored"]:
        return _("还没有人工判断到期见分晓。")
    slots = {"n": found["scored"], "person": f"{found['brier_person']:.2f}", "model": f"{found['brier_model']:.2f}"}
    if found["scored"] < FEW:
        return _("%(n)s 次人工判断有了结果，还太少，说不准谁更准（人 %(person)s，模型 %(model)s，越小越准）。") % slots
    if found["brier_person"] < found["brier_model"]:
        return _("%(n)s 次人工判断有了结果，人比模型准（人 %(person)s，模型 %(model)s，越小越准）。") % slots
    return _("%(n)s 次人工判断有了结果，没有模型准（人 %(person)s，模型 %(model)s，越小越准）。") % slots


def in_use(run: Run | None) -> ChurnFit | None:
    """The model behind today's numbers."""
    return run.fit if run else None
