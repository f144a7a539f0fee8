"""By which way a playbook's contact is made: as the customer wishes, where the step can be made so. Source: domain page 3, Care (method).

A call may be a message and a message a call: what is said is there, and what is written is there where the script has a frame for it. Going
there is neither; nobody drives out because of a wish, nor stays at home. A way that he has forbidden (work.wishes) is not gone, unless what
must not wait has no other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, Q
from django.utils.translation import gettext

from liuke.customers.labels import Channel
from liuke.customers.models import Customer
from liuke.packs import Pack, Playbook
from liuke.packs.stages import WISH
from liuke.work.models import Task
from liuke.work.wishes import refusing

WAYS = ("phone", "wechat", "sms")
"""Ways between which a step may change, the usual one first; each is a purpose of the pack as well."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How a customer can be reached: what he likes best ("" where he has not said), what stands on his card, what he has forbidden."""

    likes: str = ""
    phone: bool = False
    wechat: bool = False
    refused: frozenset[str] = frozenset()

    def there(self, way: str) -> bool:
        return self.wechat if way == "wechat" else self.phone


@dataclass(frozen=True, slots=True)
class Chosen:
    """`way` None: there is none that he allows. `why` his wish is not kept to: "missing" (not on the card), "step" (this step cannot be
    made so); "refused": the step's own way is one he has forbidden; "" for neither."""

    way: str | None
    why: str = ""


def choose(step: str, may: Collection[str], reach: Reach, must: bool = False) -> Chosen:
    """The way of a step that would go by `step`; `may`: the ways by which the playbook's words can be told.

    >>> choose("phone", ("phone", "wechat"), Reach("wechat", phone=True, wechat=True))
    Chosen(way='wechat', why='')
    >>> choose("phone", ("phone",), Reach("wechat", phone=True, wechat=True)).why
    'step'
    """
    why = ""
    if reach.likes and reach.likes not in reach.refused and (reach.likes != step or step in WAYS):
        if reach.likes != step and (step not in WAYS or reach.likes not in may):
            why = "step"
        elif not reach.there(reach.likes):
            why = "missing"
        else:
            return Chosen(reach.likes)
    forbidden = step in reach.refused
    if not forbidden and (step not in WAYS or reach.there(step)):
        return Chosen(step, why)
    for way in WAYS:
        if way in may and way not in reach.refused and reach.there(way):
            return Chosen(way, "refused" if forbidden else why)
    if forbidden:
        return Chosen(step if must else None, "refused")
    return Chosen(step, why if reach.phone or reach.wechat else "")  # nothing at all on the card: the step's own, whatever he wishes for


def ways_of(pack: Pack, playbook: Playbook) -> frozenset[str]:
    """The ways by which a playbook's words can be told: spoken always, written where its script has a frame for it."""
    script = pack.script_of(playbook)
    frames = {"wechat": script.wechat, "sms": script.sms}
    return frozenset(["phone", *(way for way, frame in frames.items() if frame is not None)])


def reasons(before: Iterable[Any], step: str, chosen: Chosen, likes: str) -> list[Any]:
    """The reasons of a task with what there is to say of its way, and without what was said of it before."""
    kept = [each for each in before if each[0] != WISH]
    if not chosen.why:
        return kept
    wanted = step if chosen.why == "refused" else likes
    return [*kept, [WISH, {"why": chosen.why, "wanted": wanted, "by": chosen.way or step}]]


def told(slots: Mapping[str, Any]) -> str:
    """The sentence: 客户希望微信联系，卡上没有微信，先打电话."""
    label = {str(each.value): str(each.label) for each in Channel}
    said = {
        "missing": gettext("他希望**%(wanted)s**联系，卡上没有，先用%(by)s。"),
        "step": gettext("他希望**%(wanted)s**联系，这一步只能用%(by)s。"),
        "refused": gettext("他不要**%(wanted)s**联系，改用%(by)s。"),
    }.get(str(slots.get("why")), "")
    return said % {name: label.get(str(slots.get(name)), slots.get(name)) for name in ("wanted", "by")} if said else ""


def filled(column: str) -> Any:
    """Whether something stands in a column of the card; nothing sealed is opened for it."""
    return ExpressionWrapper(~Q(**{column: ""}), output_field=BooleanField())


# ── many at once, and one ────────────────────────────────────────────────────


def keep_to(tasks: Iterable[tuple[Task, Playbook]], reach: Mapping[int, Reach], pack: Pack) -> set[int]:
    """Set the way of these tasks' steps and say in their reasons what there is to say of it. The customers whom no way is left to.

    Nothing is written. What is forbidden is asked for the chosen ways first and for all of them only of those who forbid one: the number of
    queries grows with thousands of customers, not with each.
    """
    known: dict[tuple[str, int], frozenset[str]] = {}
    rows = []
    for task, playbook in tasks:
        key = (playbook.key, playbook.version)
        if key not in known:
            known[key] = ways_of(pack, playbook)
        rows.append((task, playbook, playbook.steps[task.step].channel, known[key]))
    chosen = {id(task): choose(step, may, reach[task.customer_id], task.must) for task, _, step, may in rows}
    asking: dict[str, list[int]] = {}
    for task, _, _, _ in rows:
        if (way := chosen[id(task)].way) in WAYS:
            asking.setdefault(way, []).append(task.customer_id)
    objecting = {customer for way, customers in asking.items() for customer in refusing(way, customers)}
    out = {way: refusing(way, objecting) for way in WAYS} if objecting else {}
    none: set[int] = set()
    for task, _, step, may in rows:
        mine = reach[task.customer_id]
        if task.customer_id in objecting:
            mine = replace(mine, refused=frozenset(way for way, who in out.items() if task.customer_id in who))
            chosen[id(task)] = choose(step, may, mine, task.must)
        if (found := chosen[id(task)]).way is None:
            none.add(task.customer_id)
            continue
        task.channel, task.reasons = found.way, reasons(task.reasons, step, found, mine.likes)
    return none


def obey(task: Task, playbook: Playbook, pack: Pack) -> None:
    """The way of one task's step, its card read anew; where none is left the step's own stands, and the next plan ends it."""
    task.channel = playbook.steps[task.step].channel
    keep_to([(task, playbook)], {task.customer_id: _reach(task.customer_id)}, pack)


def wished(customer: int) -> str:
    """The way of what was promised to him, by which any words can go: as he wishes, else by telephone. It must be kept, so there is always
    one. A query for the card, and one for each way of WAYS."""
    refused = frozenset(way for way in WAYS if refusing(way, [customer]))
    open_to_none = len(refused) == len(WAYS)  # whoever wants quiet altogether is still told what he was promised, as he likes best
    reach = replace(_reach(customer), refused=frozenset() if open_to_none else refused)
    return choose(WAYS[0], WAYS, reach, must=True).way or WAYS[0]


def _reach(customer: int) -> Reach:
    card = Customer.objects.filter(pk=customer).annotate(phoned=filled("phone"), written=filled("wechat"))
    return Reach(*card.values_list("channel", "phoned", "written").get())
