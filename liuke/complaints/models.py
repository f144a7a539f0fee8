from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from liuke.complaints.labels import Behaviour, Cause, Channel, Decision, Purpose, Severity, Source, Stage
from liuke.complaints.learned import ComplaintModel as ComplaintModel
from liuke.complaints.parts import LINE as LINE
from liuke.complaints.parts import WORDS as WORDS
from liuke.complaints.parts import Agreement as Agreement
from liuke.complaints.parts import CallBack as CallBack
from liuke.complaints.parts import CaseNote as CaseNote
from liuke.complaints.parts import Classification as Classification
from liuke.complaints.parts import ComplaintNeed as ComplaintNeed
from liuke.complaints.parts import ComplaintStep as ComplaintStep
from liuke.complaints.parts import DeskHours as DeskHours
from liuke.complaints.parts import Escalation as Escalation
from liuke.complaints.parts import Pause as Pause
from liuke.customers.models import Customer
from liuke.deals.models import Asset, Deal
from liuke.team.labels import Role
from liuke.team.models import Unit, User
from liuke.team.permissions import may
from liuke.team.queries import in_scope
from liuke.vault.fields import SealedTextField

NAME = 80
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
            models.Index(fields=["answer_due"], condition=Q(closed_at__isnull=True, answered_at__isnull=True), name="complaint_answer_due"),
            models.Index(fields=["resolve_due"], condition=Q(closed_at__isnull=True, told_at__isnull=True), name="complaint_resolve_due"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def severe(self) -> bool:
        return self.severity == Severity.SEVERE

    @property
    def is_open(self) -> bool:
        return self.closed_at is None and self.undone_at is None
