from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from liuke.churn.labels import OVER, RUNNING, Apology, Cause, Kind, Reason, State, Tier, Why
from liuke.customers.models import Customer
from liuke.standing.models import FOREVER
from liuke.team.models import User
from liuke.team.permissions import may
from liuke.team.queries import in_scope
from liuke.vault.fields import SealedTextField
from liuke.work.labels import OfferState
from liuke.work.models import Result


class Seen(models.QuerySet[Any]):
    def visible_to(self, user: User) -> Self:
        """Rows about customers the user may see."""
        return self.filter(in_scope(user, "customer__"))


class BooksRun(models.Model):
    """账目重算: one reckoning of the books up to a day. `state` names what it was reckoned from; `changed`: customers whose past is other
    than the run before said."""

    until = models.DateField(_("算到哪天"))
    state = models.CharField(_("依据"), max_length=64, editable=False)
    stays = models.PositiveIntegerField(_("在册期数"), default=0)
    changed = models.PositiveIntegerField(_("改了几位"), default=0)
    made_at = models.DateTimeField(_("什么时候"), auto_now_add=True)

    class Meta:
        verbose_name = _("账目重算")
        indexes = [models.Index(fields=["-made_at"], name="books_run_newest")]

    def __str__(self) -> str:
        return f"{self.until}"


class Stay(models.Model):
    """在册期: from the day a customer came (the first time, or back) to the day before he counted as gone; computed, never written by hand.

    `ended_on` is the day of the loss, FOREVER while he is here; `last_on` his last deal day before it, `value_cents` the net amount of the
    12 months up to that, `cause` the rule.
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", verbose_name=_("客户"))
    began_on = models.DateField(_("开始"))
    returned = models.BooleanField(_("回来的"), default=False)
    ended_on = models.DateField(_("走的那天"), default=FOREVER)
    last_on = models.DateField(_("最后一次来"), null=True)
    cause = models.CharField(_("依据"), max_length=20, choices=Cause, blank=True)
    value_cents = models.BigIntegerField(_("走前一年净额"), default=0)

    objects = Seen.as_manager()

    class Meta:
        verbose_name = _("在册期")
        constraints = [models.UniqueConstraint(fields=["customer", "began_on"], name="stay_once")]
        indexes = [
            models.Index(fields=["began_on"], name="stay_began"),
            models.Index(fields=["ended_on", "-value_cents"], name="stay_ended"),
        ]

    def __str__(self) -> str:
        return f"{self.began_on}–{self.ended_on}"


class BookChange(models.Model):
    """账目改动: what a reckoning says otherwise of a customer's past than the one before. `was`, `now`: [[what, day]]."""

    run = models.ForeignKey(BooksRun, models.CASCADE, related_name="changes")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", verbose_name=_("客户"))
    was = models.JSONField(_("原来"), default=list)
    now = models.JSONField(_("现在"), default=list)

    objects = Seen.as_manager()

    class Meta:
        verbose_name = _("账目改动")
        constraints = [models.UniqueConstraint(fields=["run", "customer"], name="book_change_once")]

    def __str__(self) -> str:
        return f"{self.customer_id}"


class LossReason(models.Model):
    """流失原因: why a customer went, as he (or who knows him) told it. Never edited: a better one takes its place.

    `lost_on` names the loss; it moves with it where the books are reckoned anew. `reason` is the company's class, `why` the trade's.
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", verbose_name=_("客户"))
    lost_on = models.DateField(_("走的那天"))
    reason = models.CharField(_("原因"), max_length=10, choices=Reason)
    why = models.CharField(_("哪一类"), max_length=12, choices=Why, blank=True)
    words = SealedTextField(_("他的原话"), max_length=300, blank=True)
    asked_on = models.DateField(_("哪天问到的"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("谁问的"))
    at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(_("撤回时间"), null=True)

    objects = Seen.as_manager()

    class Meta:
        verbose_name = _("流失原因")
        constraints = [
            models.UniqueConstraint(fields=["customer", "lost_on"], condition=Q(withdrawn_at__isnull=True), name="loss_reason_once")
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.lost_on}"


class WinBackQuerySet(Seen):
    def in_hand_of(self, user: User) -> Self:
        """Those he may act on: the own ones, or of who oversees all in sight."""
        seen = self.visible_to(user)
        return seen if may(user, "winback.oversee") else seen.filter(owner=user)

    def running(self) -> Self:
        return self.filter(state__in=RUNNING)


class WinBack(models.Model):
    """挽回: one try to bring a lost customer back: tier of worth, reason asked, apology, offer, attempts, result, money afterwards.

    `value_cents`: what he brought in his last year. `returned_on`: the deal day that ended it. Money after so many days is counted from
    that day on, by the nightly job, once the days are over. `version` grows with every act.
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", verbose_name=_("客户"))
    lost_on = models.DateField(_("走的那天"))
    value_cents = models.BigIntegerField(_("走前一年净额"), default=0)
    tier = models.CharField(_("力度"), max_length=8, choices=Tier)
    tier_why = models.CharField(_("力度的依据"), max_length=12)
    state = models.CharField(_("进展"), max_length=11, choices=State, default=State.PROPOSED)
    owner = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("谁来做"))
    opened_on = models.DateField(_("哪天立的"))
    opened_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁立的"))
    apology = models.CharField(_("道歉"), max_length=4, choices=Apology, default=Apology.NONE)
    apology_on = models.DateField(_("哪天道的歉"), null=True)
    ended_on = models.DateField(_("哪天结束"), null=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁结束的"))
    end_note = SealedTextField(_("为什么"), max_length=300, blank=True)
    returned_on = models.DateField(_("哪天回来的"), null=True)
    first_cents = models.BigIntegerField(_("头一段净额"), null=True)
    second_cents = models.BigIntegerField(_("一年净额"), null=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = WinBackQuerySet.as_manager()

    class Meta:
        verbose_name = _("挽回")
        constraints = [
            models.UniqueConstraint(fields=["customer"], condition=Q(state__in=RUNNING), name="win_back_once"),
            models.CheckConstraint(condition=~Q(state__in=[*OVER, State.LET_GO]) | Q(ended_on__isnull=False), name="win_back_ended"),
        ]
        indexes = [
            models.Index(fields=["state", "-value_cents"], name="win_back_state"),
            models.Index(fields=["owner", "state"], name="win_back_owner"),
            models.Index(fields=["customer", "-lost_on"], name="win_back_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.lost_on}"


class Attempt(models.Model):
    """挽回联系: one contact of a case that counts, with what came of it; the task's result it came from."""

    case = models.ForeignKey(WinBack, models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField(_("第几次"))
    on = models.DateField(_("哪天"))
    way = models.CharField(_("方式"), max_length=8)
    outcome = models.CharField(_("结果"), max_length=12)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("谁"))
    result = models.OneToOneField(Result, models.CASCADE, null=True, related_name="+")
    before = models.CharField(_("之前的进展"), max_length=11, choices=State, editable=False)
    undone_at = models.DateTimeField(_("撤销时间"), null=True)

    class Meta:
        verbose_name = _("挽回联系")
        ordering = ["on", "pk"]

    def __str__(self) -> str:
        return f"{self.number} {self.outcome}"


class WinBackOffer(models.Model):
    """挽回优惠: what is offered to come back, and what it costs us; within the role's limit at once, above it when somebody agrees."""

    case = models.ForeignKey(WinBack, models.CASCADE, related_name="offers")
    kind = models.CharField(_("哪一种"), max_length=8, choices=Kind)
    text = SealedTextField(_("给什么"), max_length=200)
    cost_cents = models.BigIntegerField(_("花多少"))
    limit_cents = models.BigIntegerField(_("自己能给"), null=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("谁要的"))
    at = models.DateTimeField(_("什么时候要的"), auto_now_add=True)
    state = models.CharField(_("状态"), max_length=9, choices=OfferState, default=OfferState.ASKED)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁批的"))
    decided_at = models.DateTimeField(_("什么时候批的"), null=True)
    reason = SealedTextField(_("原因"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("挽回优惠")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(state="asked"), name="win_back_offer_asked_once"),
            models.CheckConstraint(condition=Q(cost_cents__gte=0), name="win_back_offer_cost"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.cost_cents}"
