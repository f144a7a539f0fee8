from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from liuke.conversations.labels import Chance, NeedKind, NeedState, Scenario
from liuke.conversations.rules import TALKED
from liuke.customers.models import Customer, Event
from liuke.interactions.labels import Outcome
from liuke.interactions.models import Interaction
from liuke.team.models import Unit, User
from liuke.team.permissions import may
from liuke.team.queries import in_scope


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def visible_to(self, user: User) -> Self:
        """Conversations with customers the user may see: the own ones, or everybody's for those who oversee."""
        seen = self.filter(in_scope(user, "customer__"))
        return seen if may(user, "today.oversee") else seen.filter(by=user)

    def counted(self) -> Self:
        """Those that were had and whose outcome stands."""
        return self.filter(task__isnull=False, outcome__in=TALKED, interaction__undone_at__isnull=True)


class Conversation(models.Model):
    """谈话: one run through the four steps with a customer.

    `task` is the row of the day's work it belongs to (a room above this one), null for a contact outside it. Without an outcome it is a
    draft: nothing is lost when the page is left, and nothing is counted. `furthest`: rules.furthest over its steps. `unit`: the
    customer's on that day.
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", verbose_name=_("客户"))
    task = models.BigIntegerField(_("任务"), null=True, unique=True)
    playbook = models.CharField(_("打法"), max_length=40, blank=True)
    scenario = models.CharField(_("情景"), max_length=10, choices=Scenario, blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("谁谈的"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("门店"))
    furthest = models.PositiveSmallIntegerField(_("走到第几步"), default=0)
    chance = models.CharField(_("看到服务机会了吗"), max_length=3, choices=Chance, blank=True)
    outcome = models.CharField(_("结果"), max_length=12, choices=Outcome, blank=True)
    on = models.DateField(_("日期"), null=True)
    interaction = models.ForeignKey(Interaction, models.SET_NULL, null=True, related_name="+", verbose_name=_("接触"))
    started_at = models.DateTimeField(_("开始记的时间"), auto_now_add=True)

    objects = ConversationQuerySet.as_manager()

    class Meta:
        verbose_name = _("谈话")
        indexes = [
            models.Index(fields=["on", "playbook"], name="conversation_on"),
            models.Index(fields=["customer", "-on"], name="conversation_customer"),
            models.Index(fields=["by", "-on"], name="conversation_by"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.furthest}"


class StepNote(models.Model):
    """步骤记录: what came of one step: done or not, which of the script's answers the customer gave, and what he said."""

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="steps")
    step = models.PositiveSmallIntegerField(_("第几步"))
    done = models.BooleanField(_("做了"), default=False)
    took = models.JSONField(_("他说的"), default=list)
    said = models.CharField(_("他怎么答的"), max_length=300, blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("谁记的"))
    at = models.DateTimeField(_("时间"), auto_now=True)

    class Meta:
        verbose_name = _("步骤记录")
        ordering = ["step"]
        constraints = [
            models.UniqueConstraint(fields=["conversation", "step"], name="step_noted_once"),
            models.CheckConstraint(condition=Q(step__gte=1, step__lte=4), name="step_of_four"),
        ]

    def __str__(self) -> str:
        return f"{self.step}"


class NeedQuerySet(models.QuerySet["Need"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(in_scope(user, "customer__"))

    def standing(self) -> Self:
        """Those that were not taken back."""
        return self.filter(undone_at__isnull=True)


class Need(models.Model):
    """需求: something the customer wants, in his own words; stated by himself or brought into the open, confirmed by him or not yet.

    `event` is the fact on the card that insight reads (need_recorded), `met_event` the one that ends it; they come and go with the state
    (needs.py), so that the signal and the list say the same. `how`: how it was met, or why he no longer wants it.
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", verbose_name=_("客户"))
    kind = models.CharField(_("类别"), max_length=8, choices=NeedKind, default=NeedKind.STATED)
    words = models.CharField(_("客户的原话"), max_length=300)
    confirmed = models.BooleanField(_("跟客户确认过"), default=False)
    state = models.CharField(_("状态"), max_length=8, choices=NeedState, default=NeedState.OPEN)
    how = models.CharField(_("怎么了结的"), max_length=300, blank=True)
    conversation = models.ForeignKey(Conversation, models.SET_NULL, null=True, related_name="needs", verbose_name=_("谈话"))
    interaction = models.ForeignKey(Interaction, models.SET_NULL, null=True, related_name="+", verbose_name=_("哪次接触里说的"))
    event = models.ForeignKey(Event, models.SET_NULL, null=True, related_name="+", verbose_name=_("事件"))
    met_event = models.ForeignKey(Event, models.SET_NULL, null=True, related_name="+", verbose_name=_("满足的事件"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("谁记的"))
    on = models.DateField(_("日期"))
    at = models.DateTimeField(_("时间"), auto_now_add=True)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁了结的"))
    closed_on = models.DateField(_("了结的日子"), null=True)
    undone_at = models.DateTimeField(_("撤销时间"), null=True)

    objects = NeedQuerySet.as_manager()

    class Meta:
        verbose_name = _("需求")
        indexes = [
            models.Index(fields=["customer", "state"], name="need_customer"),
            models.Index(fields=["state", "on"], name="need_state"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "words"], condition=Q(state="open", undone_at__isnull=True) & ~Q(words=""), name="need_open_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.state}"
