"""What is on file about a customer, room by room: how his own file calls it, and what an erasure does with it.

Rooms above this one are named, not imported. A model that hangs on a customer and is neither here nor in LEFT_OUT fails
tests/privacy/test_catalogue.py; so does a text column of which it is not said what becomes of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Model, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from liuke.customers.models import Customer
from liuke.deals.models import Contract, Deal, Payment
from liuke.interactions.models import Interaction


@dataclass(frozen=True)
class Kind:
    """One model. `via`: the paths from a row to the customer.

    An erasure deletes its rows (`deletes`), or empties the columns `blank` and covers in `scrub` what tells who it was; `plain` are texts
    that say nothing of a person (codes, numbers of papers). `hidden` are columns that are not the customer's business (places in a list,
    digests); they are in no file.
    """

    label: str
    heading: str | Promise
    via: tuple[str, ...] = ("customer",)
    deletes: bool = False
    blank: tuple[str, ...] = ()
    scrub: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    find: Callable[[Any, Customer], QuerySet[Any]] | None = None

    @property
    def model(self) -> type[Model]:
        return apps.get_model(self.label)

    def rows(self, card: Customer) -> QuerySet[Any]:
        """The rows about this customer."""
        if self.find is not None:
            return self.find(self.model, card)
        found = Q(pk__in=[])
        for path in self.via:
            found |= Q(**{path: card.pk})
        return self.model._default_manager.filter(found)


def _loaded(model: Any, card: Customer) -> QuerySet[Any]:
    """What an import changed on the card and on the rows that hang on it; it names them without a key of the database."""
    found = Q(kind="customer", object_id=card.pk)
    for kind, of in (("deal", Deal), ("contract", Contract), ("payment", Payment), ("interaction", Interaction)):
        found |= Q(kind=kind, object_id__in=of._default_manager.filter(customer=card).values("pk"))
    found |= Q(kind="asset", object_id__in=apps.get_model("deals.asset")._default_manager.filter(customer=card).values("pk"))
    rows: QuerySet[Any] = model._default_manager.filter(found)
    return rows


def _merged(model: Any, card: Customer) -> QuerySet[Any]:
    """Merges into this card, and those of it that were undone: either keeps a copy of somebody."""
    rows: QuerySet[Any] = model._default_manager.filter(Q(keep=card.pk) | Q(away=card.pk))
    return rows


_ROW = ("load_id", "version")

KINDS: tuple[Kind, ...] = (
    Kind("customers.phone", _("电话"), deletes=True, hidden=("digest", "last4_digest", "position")),
    Kind("customers.contact", _("联系人"), via=("customer", "person"), deletes=True),
    Kind("deals.deal", _("成交"), scrub=("content",), plain=("number",), hidden=_ROW),
    Kind("deals.dealline", _("成交明细"), via=("deal__customer",), scrub=("name",), plain=("code",)),
    Kind("deals.contract", _("合约"), scrub=("name",), plain=("kind", "number"), hidden=_ROW),
    Kind("deals.payment", _("付款"), scrub=("method",), plain=("number",), hidden=_ROW),
    Kind("deals.asset", _("持有物"), blank=("identifier",), scrub=("name",), hidden=("load_id",)),
    Kind("interactions.interaction", _("接触"), blank=("summary",), plain=("number",), hidden=_ROW),
    Kind("customers.event", _("事件"), blank=("note",)),
    Kind("conversations.conversation", _("谈话"), plain=("playbook",), hidden=("task", "interaction")),
    Kind(
        "conversations.stepnote", _("步骤记录"), via=("conversation__customer",), blank=("said",), plain=("took",),
        hidden=("conversation",),
    ),
    Kind("conversations.need", _("需求"), blank=("words", "how"), hidden=("conversation", "interaction", "event", "met_event")),
    Kind(
        "coaching.case", _("案例"), blank=("age", "education"), plain=("playbooks",),
        scrub=("title", "character", "buys", "attitude", "steps", "result", "trust", "hard", "search", "before"), hidden=("version",),
    ),
    Kind("promises.promise", _("承诺"), blank=("note",), scrub=("text",), plain=("about",), hidden=("about_id", "previous", "event")),
    Kind(
        "complaints.complaint", _("投诉"), blank=("title", "text", "stranger_name", "stranger_contact", "meet_where", "receipt"),
        scrub=("root_cause", "decision_why"),
        plain=("number", "product", "department", "other_causes", "receipt_digest", "key"),
        hidden=("receipt", "receipt_digest", "key", "event_opened", "event_closed"),
    ),
    Kind(
        "complaints.classification", _("投诉分类"), via=("complaint__customer",), plain=("suggested", "others", "words", "value"),
        hidden=("words",),
    ),
    Kind("complaints.complaintneed", _("诉求"), via=("complaint__customer",), blank=("words",), scrub=("text",)),
    Kind(
        "complaints.complaintstep", _("投诉步骤"), via=("complaint__customer",), blank=("note",), scrub=("zh", "en"), plain=("key",),
        hidden=("key",),
    ),
    Kind(
        "complaints.agreement", _("协议"), via=("complaint__customer",), blank=("grounds", "decided_note"), scrub=("text", "hands"),
        hidden=("promise",),
    ),
    Kind("complaints.pause", _("暂停计时"), via=("complaint__customer",), blank=("why",)),
    Kind("complaints.callback", _("回访"), via=("complaint__customer",), blank=("words",)),
    Kind("complaints.casenote", _("投诉经过"), via=("complaint__customer",), blank=("text",), scrub=("slots",), hidden=("slots",)),
    Kind("complaints.escalation", _("超时上报"), via=("complaint__customer",)),
    Kind("privacy.consent", _("同意"), blank=("note",), plain=("purpose",)),
    Kind("work.task", _("任务"), scrub=("reasons",), plain=("playbook", "follow_up", "signal", "about"), hidden=("enrolment", "about_id")),
    Kind(
        "work.result", _("任务结果"), via=("task__customer",), blank=("note",), plain=("follow_up", "key"),
        hidden=("key", "interaction", "event", "next_task", "promise_task"),
    ),
    Kind("work.offerrequest", _("优惠申请"), blank=("text", "reason"), plain=("playbook",), hidden=("enrolment", "task")),
    Kind("work.budgetleft", _("预算留下的"), deletes=True, plain=("key",)),
    Kind("work.enrolment", _("参加打法"), plain=("playbook", "signal"), hidden=("assignment",)),
    Kind("notices.notice", _("通知"), deletes=True, hidden=("user", "key", "about", "link")),
    Kind("trials.assignment", _("对照分组"), plain=("stratum",)),
    Kind("visits.placement", _("客户片区"), hidden=("version", "before", "before_by_hand", "move")),
    Kind("visits.visit", _("拜访"), plain=("reasons", "was"), hidden=("plan", "position", "check_out", "result", "after", "was")),
    Kind("visits.meetingguest", _("客户会议"), blank=("who", "said"), hidden=("interaction",)),
    Kind("standing.standing", _("洞察结果"), plain=("tags", "stage_code", "evidence_kind"), hidden=("book",)),
    Kind("standing.stagechange", _("阶段变化"), plain=("cause",)),
    Kind("standing.signal", _("信号"), scrub=("slots", "first_slots"), plain=("key",), hidden=("at_once",)),
    Kind("standing.leaveoverride", _("人工判断"), blank=("reason",)),
    Kind("churn.stay", _("在册期"), plain=("cause",)),
    Kind("churn.bookchange", _("账目改动"), deletes=True, plain=("was", "now"), hidden=("run",)),
    Kind("churn.lossreason", _("流失原因"), blank=("words",)),
    Kind("churn.winback", _("挽回"), blank=("end_note",), plain=("tier_why",), hidden=("version",)),
    Kind("churn.attempt", _("挽回联系"), via=("case__customer",), plain=("way", "outcome"), hidden=("case", "result")),
    Kind("churn.winbackoffer", _("挽回优惠"), via=("case__customer",), blank=("reason",), scrub=("text",), hidden=("case",)),
    Kind("custody.checkout", _("谁借过这张卡"), blank=("purpose",)),
    Kind("customers.fieldchange", _("改动"), deletes=True, hidden=("version",)),
    Kind("customers.transferrow", _("转交"), hidden=("transfer",)),
    Kind("privacy.personalrequest", _("个人信息请求"), blank=("reason",), plain=("counts",)),
    Kind("duplicates.duplicatepair", _("疑似重复"), via=("a", "b"), deletes=True, plain=("reasons", "decided_reasons")),
    Kind(
        "duplicates.merge", _("合并"), via=("keep",), blank=("store",), scrub=("away_number",), plain=("counts",), hidden=("store", "away"),
        find=_merged,
    ),
    Kind("keepers.poolentry", _("公海记录"), blank=("note",), plain=("stage", "abc"), hidden=("transfer",)),
    Kind("keepers.poolexclusion", _("不进公海"), blank=("reason",)),
    Kind("care.occasion", _("关怀日子"), plain=("key", "turn", "level")),
    Kind("care.guest", _("联谊"), hidden=("gathering", "event")),
    Kind("satisfaction.invitation", _("满意度调查"), plain=("turn", "grade", "digest", "salt"), hidden=("wave", "digest", "salt")),
    Kind(
        "satisfaction.answer", _("满意度答卷"), via=("invitation__customer",), blank=("texts",), plain=("values", "grade", "device"),
        hidden=("wave", "invitation", "link", "device"),
    ),
    Kind("satisfaction.interview", _("大客户访谈")),
    Kind("supervision.reviewedcard", _("看过的卡"), blank=("remark",), hidden=("review",)),
    Kind("verification.samplecard", _("核查卡"), hidden=("sample",)),
    Kind("verification.fieldcheck", _("字段核实"), plain=("field",), hidden=("card", "change")),
    Kind("customers.bulkeditrow", _("批量修改"), deletes=True, hidden=("bulk", "version")),
    Kind("mailing.mailingrow", _("邮寄明细"), hidden=("mailing", "position")),
    Kind("exchange.loadrow", _("导入前的旧资料"), deletes=True, hidden=("load", "object_id", "version"), find=_loaded),
)  # fmt: skip

CARD = "customers.customer"

LEFT_OUT: dict[str, str] = {
    CARD: "the card itself: it has a sheet and rules of its own",
    "customers.factchange": "a mark that insight has to look again; it says nothing",
}
"""Models that hang on a customer and are no kind of their own, and why."""

SWEPT: dict[str, tuple[str, ...]] = {
    "customers.transfer": ("reason",),
    "exchange.load": ("name", "warnings"),
    "custody.export": ("query", "conditions", "purpose", "reason"),
    "keepers.handover": ("reason",),
    "mailing.letter": ("name", "title", "body"),
    "mailing.mailing": ("name", "title", "body"),
    "segments.savedview": ("name", "query"),
    "segments.segment": ("name", "conditions", "before"),
    "customers.bulkedit": ("query",),
    "supervision.debrief": ("remark",),
    "visits.meeting": ("place", "topic", "said"),
    "care.gathering": ("name", "place", "note"),
    "coaching.case": ("title", "character", "buys", "attitude", "steps", "result", "trust", "hard", "search", "before"),
    "coaching.practice": ("remark",),
    "playbooks.playbookversion": ("why", "body"),
    "playbooks.scriptversion": ("why", "body"),
    "care.carerule": ("body",),
    "work.offerrequest": ("text", "reason"),
    "complaints.complaint": ("stranger_name", "stranger_contact"),
}
"""Small tables about many customers at once, in whose texts one of them may be named: an erasure reads them through."""

NAMED_ELSEWHERE: dict[str, tuple[str, ...]] = {
    "interactions.interaction": ("summary",),
    "work.result": ("note",),
    "promises.promise": ("text", "note"),
    "complaints.complaint": ("title", "text", "root_cause"),
    "complaints.casenote": ("text",),
    "customers.event": ("note",),
    "conversations.stepnote": ("said",),
    "conversations.need": ("words", "how"),
    "visits.meetingguest": ("who", "said"),
    "supervision.reviewedcard": ("remark",),
}
"""Texts that stand with other customers, very many: an erasure covers one where his telephone stands in it, and with it his name. A name
alone may be that of somebody else."""


def holders() -> Iterator[type[Model]]:
    """Every model whose rows hang on a customer, by one key or by a chain of keys."""
    found: set[type[Model]] = {Customer}
    while True:
        more = {
            model
            for model in apps.get_models()
            if model not in found
            and any(field.is_relation and field.related_model in found and not field.auto_created for field in model._meta.get_fields())
        }
        if not more:
            break
        found |= more
    yield from sorted(found, key=lambda model: model._meta.label_lower)
