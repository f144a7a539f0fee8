from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from liuke.customers.models import Customer
from liuke.interactions.labels import Outcome, Way, outcome_word
from liuke.interactions.models import Interaction
from liuke.team.models import User
from liuke.team.permissions import may
from liuke.team.queries import in_scope
from liuke.trials.models import Assignment
from liuke.vault.fields import SealedTextField
from liuke.work.labels import Ended, Level, OfferState, TaskKind, TaskState


class Enrolment(models.Model):
    """参加打法: one customer going through one playbook, because of a signal. `alone_until`: after an objection.

    `assignment`: the group he fell into where the playbook is being measured; one left alone on purpose has no tasks. `level`: how far
    gone he was when it began.
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", verbose_name=_("客户"))
    playbook = models.CharField(_("打法"), max_length=40)
    version = models.PositiveIntegerField(_("版本"))
    signal = models.CharField(_("信号"), max_length=40)
    started_on = models.DateField(_("开始"))
    ended_on = models.DateField(_("结束"), null=True)
    why = models.CharField(_("结束原因"), max_length=10, choices=Ended, blank=True)
    alone_until = models.DateField(_("不打扰到"), null=True)
    assignment = models.ForeignKey(Assignment, models.SET_NULL, null=True, related_name="+", verbose_name=_("分组"))
    level = models.CharField(_("哪一层"), max_length=8, choices=Level, blank=True)

    class Meta:
        verbose_name = _("参加打法")
        constraints = [models.UniqueConstraint(fields=["customer", "playbook"], condition=Q(ended_on__isnull=True), name="enrolled_once")]
        indexes = [models.Index(fields=["customer", "ended_on"], name="enrolment_customer")]

    def __str__(self) -> str:
        return self.playbook


class TaskQuerySet(models.QuerySet["Task"]):
    def visible_to(self, user: User) -> Self:
        """Tasks on customers the user may see: the own ones, or a colleague's for those who oversee."""
        seen = self.filter(in_scope(user, "customer__"))
        return seen if may(user, "today.oversee") else seen.filter(assignee=user)

    def open(self) -> Self:
        return self.filter(state=TaskState.OPEN)


class Task(models.Model):
    """任务: one contact to make. A customer has at most one open task of a playbook; a promise is a task of its own, and so is telling
    the customer who looks after him now (hand_over), which has neither playbook nor enrolment. Other rooms make tasks of their own kinds
    (work.making); `about` ("room.model") and `about_id` name the row such a task is for.

    `reasons` is a list of [signal, slots], strongest first; sentences are made from them and the pack when read, in the reader's
    language. `value_per_minute_cents` = value at risk × effect ÷ minutes. `created_for` is the day of the plan (or contact) that made it.
    """

    kind = models.CharField(_("类别"), max_length=8, choices=TaskKind, default=TaskKind.PLAYBOOK)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", verbose_name=_("客户"))
    assignee = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("谁做"))
    assigned_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁派的"))
    enrolment = models.ForeignKey(Enrolment, models.CASCADE, null=True, related_name="tasks", verbose_name=_("参加打法"))
    playbook = models.CharField(_("打法"), max_length=40)
    step = models.PositiveSmallIntegerField(_("步骤"), default=0)
    attempt = models.PositiveSmallIntegerField(_("第几次"), default=1)
    follow_up = models.CharField(_("承诺出自"), max_length=40, blank=True)
    about = models.CharField(_("为了哪一件"), max_length=40, blank=True)
    about_id = models.BigIntegerField(null=True, editable=False)
    signal = models.CharField(_("信号"), max_length=40)
    reasons = models.JSONField(_("原因"), default=list)
    channel = models.CharField(_("方式"), max_length=8, choices=Way)
    minutes = models.PositiveSmallIntegerField(_("分钟"))
    must = models.BooleanField(_("不能等"), default=False)
    severity = models.PositiveSmallIntegerField(_("轻重"), default=1)
    value_at_risk_cents = models.BigIntegerField(_("风险金额"), default=0)
    effect = models.DecimalField(_("效果"), max_digits=5, decimal_places=4, default=0)
    value_per_minute_cents = models.BigIntegerField(_("每分钟挽回"), default=0)
    created_for = models.DateField(_("哪天排的"))
    due_on = models.DateField(_("哪天做"))
    snoozed_until = models.DateField(_("客户请您改到"), null=True)
    asked = models.BooleanField(_("客户要求的"), default=False)
    state = models.CharField(_("状态"), max_length=8, choices=TaskState, default=TaskState.OPEN)
    stopped_why = models.CharField(_("不用做的原因"), max_length=10, choices=Ended, blank=True)
    outcome = models.CharField(_("结果"), max_length=12, choices=Outcome, blank=True)
    done_on = models.DateField(_("做完的日子"), null=True)
    done_at = models.DateTimeField(_("做完时间"), null=True)
    done_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁做的"))
    raised_on = models.DateField(_("哪天上报"), null=True)
    raised_to = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("报给谁"))

    objects = TaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("任务")
        constraints = [
            models.UniqueConstraint(fields=["customer"], condition=Q(state="open", kind="playbook"), name="task_open_once"),
            models.UniqueConstraint(fields=["customer"], condition=Q(state="open", kind="handover"), name="task_told_once"),
            models.UniqueConstraint(fields=["about", "about_id"], condition=Q(state="open") & ~Q(about=""), name="task_about_once"),
            models.CheckConstraint(condition=~Q(kind="playbook") | Q(enrolment__isnull=False), name="task_enrolment"),
            models.CheckConstraint(condition=Q(minutes__gte=1), name="task_minutes"),
        ]
        indexes = [
            models.Index(fields=["assignee", "state", "due_on"], name="task_day"),
            models.Index(fields=["assignee", "done_on"], name="task_done"),
            models.Index(fields=["customer", "state"], name="task_customer"),
            models.Index(fields=["raised_to"], condition=Q(state="open", raised_to__isnull=False), name="task_raised"),
        ]

    def __str__(self) -> str:
        return f"{self.playbook} {self.due_on}"

    def get_outcome_display(self) -> str:  # type: ignore[no-redef]
        """In the words of its channel: who was visited was met, not connected."""
        return outcome_word(self.outcome, self.channel)


class BudgetLeft(models.Model):
    """预算留下的: a contact that was wanted and not made a task, because the customer had his share of unasked contacts.

    `key` names what wanted it (a playbook, or "room.model:7"); it goes when there is room or nobody wants it any more. `until`: the first
    day on which there is room, as things stand; None while open tasks take it.
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", verbose_name=_("客户"))
    assignee = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name=_("谁做"))
    kind = models.CharField(_("类别"), max_length=8, choices=TaskKind)
    key = models.CharField(_("谁要的"), max_length=80)
    wanted_on = models.DateField(_("想哪天做"))
    until = models.DateField(_("哪天有空位"), null=True)

    class Meta:
        verbose_name = _("预算留下的")
        constraints = [models.UniqueConstraint(fields=["customer", "key"], name="budget_left_once")]
        indexes = [models.Index(fields=["assignee", "customer"], name="budget_left_whose")]

    def __str__(self) -> str:
        return self.key


class Result(models.Model):
    """结果: what came of one contact and everything it set going, so that one reverse act takes all of it back. Never deleted.

    `key` is the sender's own name for this act: posted twice, it is one result. `next_moved`: the day of the next contact was another
    one before, `next_was`, set by `next_was_by` (None: by the grade), and `next_to` since then. `along`: it came with the outcome of a
    visit, at which the playbook's contact was made too (work.along), and is taken back with that.
    """

    task = models.ForeignKey(Task, models.CASCADE, related_name="results", verbose_name=_("任务"))
    outcome = models.CharField(_("结果"), max_length=12, choices=Outcome)
    follow_up = models.CharField(_("然后"), max_length=40, blank=True)
    note = models.TextField(_("经过"), blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("谁"))
    at = models.DateTimeField(_("时间"))
    interaction = models.ForeignKey(Interaction, models.SET_NULL, null=True, related_name="+", verbose_name=_("接触"))
    event = models.BigIntegerField(_("事件"), null=True)
    next_task = models.ForeignKey(Task, models.SET_NULL, null=True, related_name="+", verbose_name=_("下一步"))
    promise_task = models.ForeignKey(Task, models.SET_NULL, null=True, related_name="+", verbose_name=_("承诺"))
    ended_enrolment = models.BooleanField(_("打法结束了"), default=False)
    key = models.CharField(max_length=40, null=True, unique=True, editable=False)
    next_moved = models.BooleanField(_("下次联系改了"), default=False)
    next_was = models.DateField(_("下次联系原来是"), null=True)
    next_was_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("原来谁定的"))
    next_to = models.DateField(_("下次联系改到"), null=True)
    along = models.ForeignKey("self", models.CASCADE, null=True, related_name="+", verbose_name=_("随哪次拜访记的"))
    undone_at = models.DateTimeField(_("撤销时间"), null=True)
    undone_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁撤销的"))

    class Meta:
        verbose_name = _("结果")
        constraints = [models.UniqueConstraint(fields=["task"], condition=Q(undone_at__isnull=True), name="result_once")]
        indexes = [models.Index(fields=["by", "-at"], name="result_by")]

    def __str__(self) -> str:
        return self.outcome


class OfferRequestQuerySet(models.QuerySet["OfferRequest"]):
    def visible_to(self, user: User) -> Self:
        """Those about customers the user may see."""
        return self.filter(in_scope(user, "customer__"))

    def waiting(self) -> Self:
        return self.filter(state=OfferState.ASKED)


class OfferRequest(models.Model):
    """优惠申请: something a member of staff wants to give a customer. Within his own limit it stands agreed at once, above it somebody who
    may give as much decides; nothing is promised before. Never edited: what was decided stays.

    `limit_cents`: what the asker's role may give by itself, as the playbook said on that day.
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", verbose_name=_("客户"))
    enrolment = models.ForeignKey(Enrolment, models.SET_NULL, null=True, related_name="+", verbose_name=_("参加打法"))
    task = models.ForeignKey(Task, models.SET_NULL, null=True, related_name="+", verbose_name=_("任务"))
    playbook = models.CharField(_("打法"), max_length=40)
    amount_cents = models.BigIntegerField(_("金额"))
    limit_cents = models.BigIntegerField(_("自己能给"), null=True)
    text = SealedTextField(_("给什么"), max_length=200)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("谁要的"))
    at = models.DateTimeField(_("什么时候要的"), auto_now_add=True)
    state = models.CharField(_("状态"), max_length=9, choices=OfferState, default=OfferState.ASKED)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁批的"))
    decided_at = models.DateTimeField(_("什么时候批的"), null=True)
    reason = SealedTextField(_("原因"), max_length=200, blank=True)

    objects = OfferRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("优惠申请")
        constraints = [
            models.UniqueConstraint(fields=["customer", "playbook"], condition=Q(state="asked"), name="offer_asked_once"),
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="offer_amount"),
        ]
        indexes = [
            models.Index(fields=["state", "-at"], name="offer_state"),
            models.Index(fields=["customer", "-at"], name="offer_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.playbook} {self.amount_cents}"


class MeasuredEffectQuerySet(models.QuerySet["MeasuredEffect"]):
    def standing(self) -> Self:
        """Those that were not withdrawn."""
        return self.filter(withdrawn_at__isnull=True)


class MeasuredEffect(models.Model):
    """打法效果: what a playbook did once, against customers left alone on purpose. Never deleted: a wrong one is withdrawn.

    `effect` is the share of the treated that came back less that of those left alone, `low` and `high` its 95 % interval
    (analytics.effect.difference).
    """

    playbook = models.CharField(_("打法"), max_length=40)
    measured_on = models.DateField(_("测到哪天"))
    treated = models.PositiveIntegerField(_("联系了几位"))
    returned = models.PositiveIntegerField(_("其中回来几位"))
    alone = models.PositiveIntegerField(_("没联系几位"))
    returned_alone = models.PositiveIntegerField(_("其中自己回来几位"))
    effect = models.FloatField(_("效果"))
    low = models.FloatField(_("效果至少"))
    high = models.FloatField(_("效果至多"))
    source = models.CharField(_("出处"), max_length=200, blank=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁记的"))
    created_at = models.DateTimeField(_("记下时间"), auto_now_add=True)
    withdrawn_at = models.DateTimeField(_("撤回时间"), null=True)

    objects = MeasuredEffectQuerySet.as_manager()

    class Meta:
        verbose_name = _("打法效果")
        constraints = [
            models.CheckConstraint(condition=Q(treated__gte=1, returned__lte=models.F("treated")), name="effect_treated"),
            models.CheckConstraint(condition=Q(alone__gte=1, returned_alone__lte=models.F("alone")), name="effect_alone"),
        ]
        indexes = [models.Index(fields=["playbook", "-measured_on"], name="effect_playbook")]

    def __str__(self) -> str:
        return self.playbook
