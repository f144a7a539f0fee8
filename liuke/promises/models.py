from __future__ import annotations

from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from liuke.customers.models import Customer
from liuke.promises.labels import Approval, State
from liuke.promises.rules import NOTE, TEXT
from liuke.team.models import User
from liuke.team.permissions import may
from liuke.team.queries import in_scope


class PromiseQuerySet(models.QuerySet["Promise"]):
    def standing(self) -> Self:
        """Those that were not taken back as a slip."""
        return self.filter(undone_at__isnull=True)

    def visible_to(self, user: User) -> Self:
        """Promises to customers the user may see: whoever opens a card has to know what was promised on it."""
        return self.standing().filter(in_scope(user, "customer__"))

    def in_hand_of(self, user: User) -> Self:
        """Those the user may act on: the ones he has to keep; all in sight for who oversees the work."""
        seen = self.visible_to(user)
        return seen if may(user, "promise.approve") else seen.filter(keeper=user)

    def open(self) -> Self:
        return self.standing().filter(state=State.OPEN)

    def given(self) -> Self:
        """Open ones the customer was really told of: not those that wait for somebody's word on the cost."""
        return self.open().exclude(approval=Approval.WAITING)

    def waiting(self) -> Self:
        return self.open().filter(approval=Approval.WAITING)


class Promise(models.Model):
    """承诺: what a member of staff told a customer would be done, with the day by which.

    `by` gave it; `keeper` has to keep it, and changes with a hand-over. Not `sure`: on `due_on` we say whether and when it can be done.
    `previous`: the promise this one took the place of (the customer agreed to another day, or the sure word came). `about`, `about_id`: the
    row of another room it was made in. `moves`: how often the customer was asked for another day until this one. `event`: the customer's
    event that a broken one left. Never deleted.
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", verbose_name=_("客户"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("谁答应的"))
    keeper = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("谁来办"))
    text = models.CharField(_("答应了什么"), max_length=TEXT)
    made_on = models.DateField(_("哪天答应的"))
    due_on = models.DateField(_("答应哪天"))
    sure = models.BooleanField(_("一定办得到"), default=True)
    state = models.CharField(_("状态"), max_length=8, choices=State, default=State.OPEN)
    settled_on = models.DateField(_("了结的日子"), null=True)
    settled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁了结的"))
    note = models.CharField(_("说明"), max_length=NOTE, blank=True)
    previous = models.ForeignKey("self", models.SET_NULL, null=True, related_name="+", verbose_name=_("原来的承诺"))
    moves = models.PositiveSmallIntegerField(_("改过几次期"), default=0)
    about = models.CharField(_("从哪里来"), max_length=40, blank=True)
    about_id = models.BigIntegerField(null=True, editable=False)
    amount_cents = models.BigIntegerField(_("要花的钱"), default=0)
    approval = models.CharField(_("审批"), max_length=8, choices=Approval, blank=True, default=Approval.NONE)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁批的"))
    decided_at = models.DateTimeField(_("批的时间"), null=True)
    event = models.BigIntegerField(_("事件"), null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True, editable=False)

    objects = PromiseQuerySet.as_manager()

    class Meta:
        verbose_name = _("承诺")
        constraints = [
            models.CheckConstraint(condition=Q(due_on__gte=F("made_on")), name="promise_day"),
            models.CheckConstraint(condition=Q(amount_cents__gte=0), name="promise_amount"),
            models.CheckConstraint(condition=Q(state="open", settled_on=None) | ~Q(state="open") & ~Q(settled_on=None), name="promise_end"),
            models.UniqueConstraint(fields=["previous"], condition=Q(undone_at__isnull=True), name="promise_follows_once"),
        ]
        indexes = [
            models.Index(fields=["keeper", "state", "due_on"], name="promise_keeper"),
            models.Index(fields=["customer", "state"], name="promise_customer"),
            models.Index(fields=["state", "due_on"], name="promise_due"),
            models.Index(fields=["settled_on"], name="promise_settled"),
        ]

    def __str__(self) -> str:
        return f"{self.due_on}"

    @property
    def certain_by(self) -> date | None:
        """The day on which we say when it can be done; None for one that is sure."""
        return None if self.sure else self.due_on
