from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from liuke.complaints.labels import (
    AgreementState,
    Approval,
    Axis,
    Behaviour,
    Cause,
    Channel,
    Decision,
    Limit,
    NeedKind,
    NoteKind,
    Purpose,
    Severity,
    Side,
    Source,
    Stage,
    Told,
)
from liuke.customers.models import Customer
from liuke.deals.models import Asset, Deal
from liuke.promises.models import Promise
from liuke.team.labels import Role
from liuke.team.models import Unit, User
from liuke.team.permissions import may
from liuke.team.queries import in_scope
from liuke.vault.fields import SealedTextField

NAME, LINE, WORDS = 80, 200, 2000
TEXT = 50_000
"""Characters of what a customer says in his own words; longer is refused."""


class ComplaintQuerySet(models.QuerySet["Complaint"]):
    def standing(self) -> Self:
        """Those that were not taken back as a slip."""
        return self.filter(undone_at__isnull=True)

    def visible_to(self, user: User) -> Self:
        """Those of customers the user may see; of strangers, those of units in his sight, and for who has only customers of his own
        those he received or has to handle."""
        if not may(user, "complaint.read"):
            return self.none()
        mine = Q(owner=user) | Q(received_by=user) if user.role == Role.REP else in_scope(user)
        return self.standing().filter(in_scope(user, "customer__") & Q(customer__isnull=False) | mine & Q(customer__isnull=True))

    def open(self) -> Self:
        return self.standing().filter(closed_at__isnull=True)


class Complaint(models.Model):
    """投诉: what a customer is not content with, from the first word to its cause. The limits count from `received_at`, the moment he said
    it, whenever it was written down; `answer_due` and `resolve_due` are kept as the clocks (complaints.clock) say, and `resolve_due` is
    None while it waits for the customer.

    `customer` None: a stranger so far; what he said of himself is sealed. `received_by`: the first person he told; None where he filled
    the public form. `unit`: which is complained of. `raised_at`: from when on it is severe, where it was not from the start. The present
    value of each classification stands here, its suggestion and who confirmed it in Classification. `turn` counts from 0 how often it was
    opened again; `late_before`: an earlier turn was late. `told_at`: when the customer was told the whole solution of this turn, which ends
    the resolution clock. `event_opened`, `event_closed`: the customer's events that a severe one leaves. Never deleted.
    """

    number = models.CharField(_("编号"), max_length=20, unique=True)
    customer = models.ForeignKey(Customer, models.CASCADE, null=True, related_name="+", verbose_name=_("客户"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("单位"))
    deal = models.ForeignKey(Deal, models.SET_NULL, null=True, related_name="+", verbose_name=_("哪一笔"))
    asset = models.ForeignKey(Asset, models.SET_NULL, null=True, related_name="+", verbose_name=_("哪一件"))
    product = models.CharField(_("产品"), max_length=40, blank=True)
    person = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("说的是谁"))
    title = models.CharField(_("一句话"), max_length=NAME)
    text = models.TextField(_("客户原话"))
    stranger_name = SealedTextField(_("来说的人"), max_length=NAME, blank=True)
    stranger_contact = SealedTextField(_("怎么联系他"), max_length=NAME, blank=True)
    contact_digest = models.CharField(max_length=32, blank=True, editable=False)
    source = models.CharField(_("从哪里来"), max_length=6, choices=Source, default=Source.DESK)
    received_at = models.DateTimeField(_("受理时间"))
    entered_at = models.DateTimeField(_("录入时间"), auto_now_add=True)
    received_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("首接"))
    owner = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("负责人"))
    department = models.CharField(_("责任部门"), max_length=40, blank=True)
    severity = models.CharField(_("程度"), max_length=8, choices=Severity, default=Severity.ORDINARY)
    cause = models.CharField(_("原因"), max_length=16, choices=Cause, blank=True)
    other_causes = models.JSONField(_("其他原因"), default=list)
    channel = models.CharField(_("方式"), max_length=10, choices=Channel)
    behaviour = models.CharField(_("行为"), max_length=20, choices=Behaviour, blank=True)
    purpose = models.CharField(_("目的"), max_length=12, choices=Purpose, blank=True)
    stage = models.CharField(_("进展"), max_length=10, choices=Stage, default=Stage.ACCEPT)
    raised_at = models.DateTimeField(_("改为严重的时间"), null=True)
    answer_due = models.DateTimeField(_("首次答复时限"))
    resolve_due = models.DateTimeField(_("解决时限"), null=True)
    answered_at = models.DateTimeField(_("首次答复"), null=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁答复的"))
    accepted_at = models.DateTimeField(_("接受完成"), null=True)
    clarified_at = models.DateTimeField(_("澄清完成"), null=True)
    told_at = models.DateTimeField(_("告知方案"), null=True)
    told_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁告知的"))
    turn = models.PositiveSmallIntegerField(_("第几次重开"), default=0)
    reopened_at = models.DateTimeField(_("重新打开"), null=True)
    late_before = models.BooleanField(_("以前超时过"), default=False)
    satisfied = models.BooleanField(_("回访满意"), null=True)
    meet_at = models.DateTimeField(_("约好的时间"), null=True)
    meet_where = models.CharField(_("约好的地方"), max_length=NAME, blank=True)
    crisis_at = models.DateTimeField(_("危机"), null=True)
    second = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("一起处理的人"))
    spokesman = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("对外说话的人"))
    root_cause = models.CharField(_("查明的原因"), max_length=WORDS, blank=True)
    decision = models.CharField(_("改进不改进"), max_length=7, choices=Decision, blank=True)
    decision_why = models.CharField(_("为什么"), max_length=LINE, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁定的"))
    decided_at = models.DateTimeField(_("定下的时间"), null=True)
    closed_at = models.DateTimeField(_("结案"), null=True)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁结的"))
    receipt = SealedTextField(_("回执"), max_length=60)
    receipt_digest = models.CharField(max_length=32, unique=True, editable=False)
    event_opened = models.BigIntegerField(null=True, editable=False)
    event_closed = models.BigIntegerField(null=True, editable=False)
    key = models.CharField(max_length=40, null=True, unique=True, editable=False)
    undone_at = models.DateTimeField(null=True, editable=False)

    objects = ComplaintQuerySet.as_manager()

    class Meta:
        verbose_name = _("投诉")
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(satisfied=True, told_at__isnull=False) & ~Q(decision=""), name="complaint_closed"
            ),
            models.CheckConstraint(condition=Q(raised_at__isnull=True) | Q(severity="severe"), name="complaint_raised"),
        ]
        indexes = [
            models.Index(fields=["unit", "-received_at"], name="complaint_unit"),
            models.Index(fields=["customer", "-received_at"], name="complaint_customer"),
            models.Index(fields=["-received_at"], name="complaint_received"),
            models.Index(fields=["owner"], condition=Q(closed_at__isnull=True, undone_at__isnull=True), name="complaint_owner"),
            models.Index(
                fields=["answer_due"], condition=Q(closed_at__isnull=True, answered_at__isnull=True), name="complaint_answer_due"
            ),
            models.Index(fields=["resolve_due"], condition=Q(closed_at__isnull=True, told_at__isnull=True), name="complaint_resolve_due"),
            models.Index(fields=["contact_digest"], condition=~Q(contact_digest=""), name="complaint_contact"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def severe(self) -> bool:
        return self.severity == Severity.SEVERE

    @property
    def is_open(self) -> bool:
        return self.closed_at is None and self.undone_at is None


class Classification(models.Model):
    """投诉分类: one of the five of a complaint: what the text suggested, how surely, by which words, and what a person confirmed."""

    complaint = models.ForeignKey(Complaint, models.CASCADE, related_name="classifications", verbose_name=_("投诉"))
    axis = models.CharField(_("哪一种"), max_length=10, choices=Axis)
    suggested = models.CharField(_("建议"), max_length=20, blank=True)
    others = models.JSONField(_("也可能"), default=list)
    confidence = models.FloatField(_("把握"), null=True)
    words = models.JSONField(_("凭哪些字"), default=list)
    value = models.CharField(_("确认"), max_length=20, blank=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁确认的"))
    at = models.DateTimeField(_("确认时间"), null=True)

    class Meta:
        verbose_name = _("投诉分类")
        constraints = [models.UniqueConstraint(fields=["complaint", "axis"], name="classification_once")]

    def __str__(self) -> str:
        return f"{self.axis} {self.value}"


class ComplaintNeed(models.Model):
    """诉求: one thing the customer wants, on one of the two lists, in his own words. `met` None: nobody has judged it yet.

    A suggested one counts only once somebody has confirmed it (`confirmed_at`).
    """

    complaint = models.ForeignKey(Complaint, models.CASCADE, related_name="needs", verbose_name=_("投诉"))
    side = models.CharField(_("哪一边"), max_length=9, choices=Side)
    kind = models.CharField(_("要什么"), max_length=20, choices=NeedKind)
    text = models.CharField(_("要什么"), max_length=LINE, blank=True)
    words = models.CharField(_("客户原话"), max_length=LINE, blank=True)
    confidence = models.FloatField(_("把握"), null=True)
    confirmed_at = models.DateTimeField(_("确认时间"), null=True)
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁确认的"))
    met = models.BooleanField(_("满足了"), null=True)
    met_at = models.DateTimeField(_("判断时间"), null=True)
    met_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁判断的"))
    dropped_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("诉求")
        indexes = [models.Index(fields=["complaint"], name="need_of_complaint")]

    def __str__(self) -> str:
        return self.kind


class ComplaintStep(models.Model):
    """投诉步骤: one thing to tick in a stage. Copied from the pack's template when the complaint came in (`key`), or added by hand (""), so
    that a change of the template changes nothing that is under way."""

    complaint = models.ForeignKey(Complaint, models.CASCADE, related_name="steps", verbose_name=_("投诉"))
    stage = models.CharField(_("阶段"), max_length=10, choices=Stage)
    position = models.PositiveSmallIntegerField(_("第几步"))
    key = models.CharField(_("模板"), max_length=40, blank=True)
    zh = models.CharField(_("做什么"), max_length=LINE)
    en = models.CharField(_("英文"), max_length=LINE, blank=True)
    note = models.CharField(_("做了什么"), max_length=LINE, blank=True)
    done_at = models.DateTimeField(_("做完时间"), null=True)
    done_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁做的"))
    dropped_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("投诉步骤")
        ordering = ["position", "pk"]
        indexes = [models.Index(fields=["complaint", "stage"], name="step_of_complaint")]

    def __str__(self) -> str:
        return self.zh


class Agreement(models.Model):
    """协议: one thing we would do: what, by when, by whom, at what cost, and whether we can do it for sure. Above the limit of who put it
    forward it waits for somebody's word. Taken by the customer, it is a promise; compensation is what costs something.

    `keeper` is the member of staff who answers for it, `hands` who does it where that is somebody else. Not `sure`: by `due_on` we say
    when. `told_on`: what was said of it to the customer.
    """

    complaint = models.ForeignKey(Complaint, models.CASCADE, related_name="agreements", verbose_name=_("投诉"))
    turn = models.PositiveSmallIntegerField(default=0, editable=False)
    text = models.CharField(_("答应什么"), max_length=LINE)
    due_on = models.DateField(_("到几号"))
    keeper = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("谁负责"))
    hands = models.CharField(_("谁来做"), max_length=40, blank=True)
    sure = models.BooleanField(_("做得到"), default=True)
    grounds = models.CharField(_("凭什么说做得到"), max_length=LINE, blank=True)
    amount_cents = models.BigIntegerField(_("金额"), default=0)
    state = models.CharField(_("状态"), max_length=9, choices=AgreementState, default=AgreementState.PROPOSED)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("谁拟的"))
    at = models.DateTimeField(_("什么时候拟的"))
    approval = models.CharField(_("审批"), max_length=8, choices=Approval, blank=True, default=Approval.NONE)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁批的"))
    decided_at = models.DateTimeField(_("批的时间"), null=True)
    decided_note = models.CharField(_("批语"), max_length=LINE, blank=True)
    settled_at = models.DateTimeField(_("客户点头的时间"), null=True)
    settled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁跟客户说的"))
    promise = models.ForeignKey(Promise, models.SET_NULL, null=True, related_name="+", verbose_name=_("承诺"))

    class Meta:
        verbose_name = _("协议")
        constraints = [models.CheckConstraint(condition=Q(amount_cents__gte=0), name="agreement_amount")]
        indexes = [
            models.Index(fields=["complaint"], name="agreement_of_complaint"),
            models.Index(fields=["approval"], condition=Q(approval="waiting"), name="agreement_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.due_on}"


class Pause(models.Model):
    """暂停计时: a stretch in which we wait for the customer; only the resolution clock stands still. `to_at` None: it still does."""

    complaint = models.ForeignKey(Complaint, models.CASCADE, related_name="pauses", verbose_name=_("投诉"))
    from_at = models.DateTimeField(_("从"))
    to_at = models.DateTimeField(_("到"), null=True)
    why = models.CharField(_("等什么"), max_length=LINE)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("谁停的"))
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁接着的"))

    class Meta:
        verbose_name = _("暂停计时")
        constraints = [
            models.UniqueConstraint(fields=["complaint"], condition=Q(to_at__isnull=True), name="pause_open_once"),
            models.CheckConstraint(condition=Q(to_at__isnull=True) | Q(to_at__gte=F("from_at")), name="pause_order"),
        ]

    def __str__(self) -> str:
        return f"{self.from_at}"


class CallBack(models.Model):
    """回访: the customer is asked, so many days after he was told the solution, whether he is content. `satisfied` None: not asked yet."""

    complaint = models.ForeignKey(Complaint, models.CASCADE, related_name="call_backs", verbose_name=_("投诉"))
    turn = models.PositiveSmallIntegerField(default=0, editable=False)
    due_on = models.DateField(_("哪天回访"))
    satisfied = models.BooleanField(_("满意"), null=True)
    words = models.CharField(_("客户说"), max_length=LINE, blank=True)
    at = models.DateTimeField(_("回访时间"), null=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁回访的"))

    class Meta:
        verbose_name = _("回访")
        constraints = [models.UniqueConstraint(fields=["complaint", "turn"], name="call_back_once")]
        indexes = [models.Index(fields=["due_on"], condition=Q(satisfied__isnull=True), name="call_back_due")]

    def __str__(self) -> str:
        return f"{self.due_on}"


class CaseNote(models.Model):
    """经过: one line of what happened in a complaint. Its sentence is made from kind and slots (complaints.saying), free words beside it."""

    complaint = models.ForeignKey(Complaint, models.CASCADE, related_name="notes", verbose_name=_("投诉"))
    at = models.DateTimeField(_("时间"))
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁"))
    kind = models.CharField(_("哪一种"), max_length=12, choices=NoteKind)
    slots = models.JSONField(_("内容"), default=dict)
    text = models.CharField(_("说明"), max_length=WORDS, blank=True)

    class Meta:
        verbose_name = _("经过")
        indexes = [models.Index(fields=["complaint", "-at"], name="note_of_complaint")]

    def __str__(self) -> str:
        return self.kind


class Escalation(models.Model):
    """超时上报: a limit that passed, and who above was told of it. Each level hears of each limit once in a turn."""

    complaint = models.ForeignKey(Complaint, models.CASCADE, related_name="escalations", verbose_name=_("投诉"))
    limit = models.CharField(_("哪个时限"), max_length=7, choices=Limit)
    level = models.CharField(_("报给谁"), max_length=10, choices=Told)
    turn = models.PositiveSmallIntegerField(default=0, editable=False)
    due_at = models.DateTimeField(_("时限"))
    at = models.DateTimeField(_("上报时间"))
    to = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("报给了谁"))

    class Meta:
        verbose_name = _("超时上报")
        constraints = [models.UniqueConstraint(fields=["complaint", "limit", "level", "turn"], name="escalation_once")]

    def __str__(self) -> str:
        return f"{self.limit} {self.level}"


class DeskHours(models.Model):
    """营业时间: when a unit, and what is below it, is open on a working day, where that is not what the pack says."""

    unit = models.OneToOneField(Unit, models.CASCADE, related_name="+", verbose_name=_("单位"))
    opens = models.TimeField(_("开门"))
    closes = models.TimeField(_("关门"))

    class Meta:
        verbose_name = _("营业时间")
        constraints = [models.CheckConstraint(condition=Q(closes__gt=F("opens")), name="desk_hours_order")]

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}–{self.closes:%H:%M}"
