from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from liuke.customers.models import Customer
from liuke.team.models import User
from liuke.trials.labels import Arm, Came, Verdict


class Trial(models.Model):
    """对照: one round in which a playbook is measured. A share of those it would have contacted is left alone on purpose.

    `planned`: customers whose window has closed at which the last look is taken; `window_days`: days for coming back; `least`: the smallest
    lift worth having, `base`: the share that was expected to come back by itself. None of it changes after the round was opened. `seed`
    makes the places of a round its own. `verdict` is empty until the round is over, and then final.
    """

    playbook = models.CharField(_("打法"), max_length=40)
    round = models.PositiveSmallIntegerField(_("第几轮"), default=1)
    version = models.PositiveIntegerField(_("版本"))
    share = models.DecimalField(_("对照比例"), max_digits=4, decimal_places=3)
    planned = models.PositiveIntegerField(_("计划人数"))
    window_days = models.PositiveSmallIntegerField(_("看多少天"))
    came = models.CharField(_("怎么算回来"), max_length=8, choices=Came, default=Came.DEAL)
    contract_kind = models.CharField(_("合约类别"), max_length=40, blank=True)
    least = models.DecimalField(_("至少要多回来几成"), max_digits=4, decimal_places=3, default="0.05")
    base = models.DecimalField(_("估计自己回来的比例"), max_digits=4, decimal_places=3, default="0.15")
    seed = models.CharField(max_length=16)
    opened_on = models.DateField(_("开始"))
    opened_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁开的"))
    closed_on = models.DateField(_("结束"), null=True)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁结束的"))
    verdict = models.CharField(_("结论"), max_length=13, choices=Verdict, blank=True)

    class Meta:
        verbose_name = _("对照")
        constraints = [
            models.UniqueConstraint(fields=["playbook", "round"], name="trial_round"),
            models.UniqueConstraint(fields=["playbook"], condition=Q(closed_on__isnull=True), name="trial_open_once"),
            models.CheckConstraint(condition=Q(share__gt=0, share__lt=1), name="trial_share"),
            models.CheckConstraint(condition=Q(planned__gte=1), name="trial_planned"),
            models.CheckConstraint(condition=Q(closed_on__isnull=True) | Q(closed_on__gte=F("opened_on")), name="trial_closed"),
        ]

    def __str__(self) -> str:
        return f"{self.playbook} {self.round}"


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def update(self, **values: Any) -> int:
        raise TypeError("an assignment never changes")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise TypeError("an assignment never changes")


class Assignment(models.Model):
    """分组: into which group a customer fell, written before any contact and never changed. `stratum` is his grade on that day.

    What a card's erasure or a merge of two cards does to its rows goes through Django's own managers.
    """

    trial = models.ForeignKey(Trial, models.PROTECT, related_name="assignments", verbose_name=_("对照"))
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", verbose_name=_("客户"))
    stratum = models.CharField(_("等级"), max_length=1)
    arm = models.CharField(_("组"), max_length=8, choices=Arm)
    on = models.DateField(_("哪天分的"))
    at = models.DateTimeField(_("时间"), auto_now_add=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("分组")
        constraints = [models.UniqueConstraint(fields=["trial", "customer"], name="assigned_once")]
        indexes = [models.Index(fields=["trial", "on"], name="assignment_day")]

    def __str__(self) -> str:
        return self.arm

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("an assignment never changes")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("an assignment never changes")


class Look(models.Model):
    """看一次: what a round showed on a day, of the customers whose window had closed. Shares and differences as fractions; money in cents.

    `low`, `high` hold the difference at every look at once (analytics.sequential); `extra_cents` is net amount a customer of the contacted
    group less that of the other, with its own interval. `strata`: [[grade, contacted, of them back, left alone, of them back]]; `stores`
    likewise by unit. `curve`: {group: how many were back by day 1, 2, …}. `before`: [[what, mean of the contacted, mean of the others, how
    many standard errors apart]] of the day before they fell into their groups. `steps`: how far contacts came, {step: customers}.
    `cost_cents`: of the minutes and of what was given (`given_cents`).
    """

    trial = models.ForeignKey(Trial, models.PROTECT, related_name="looks", verbose_name=_("对照"))
    on = models.DateField(_("哪天"))
    treated = models.PositiveIntegerField(_("联系组"))
    returned = models.PositiveIntegerField(_("其中回来"))
    alone = models.PositiveIntegerField(_("对照组"))
    returned_alone = models.PositiveIntegerField(_("其中自己回来"))
    strata = models.JSONField(_("各等级"), default=list)
    stores = models.JSONField(_("各店"), default=list)
    curve = models.JSONField(_("逐日"), default=dict)
    before = models.JSONField(_("事前"), default=list)
    steps = models.JSONField(_("一步步"), default=dict)
    fraction = models.FloatField(_("进度"), default=0)
    effect = models.FloatField(_("差"), null=True)
    low = models.FloatField(_("至少"), null=True)
    high = models.FloatField(_("至多"), null=True)
    treated_cents = models.BigIntegerField(_("联系组人均成交"), default=0)
    alone_cents = models.BigIntegerField(_("对照组人均成交"), default=0)
    extra_cents = models.BigIntegerField(_("每位多收"), null=True)
    extra_low_cents = models.BigIntegerField(_("每位多收至少"), null=True)
    extra_high_cents = models.BigIntegerField(_("每位多收至多"), null=True)
    minutes = models.PositiveIntegerField(_("花了几分钟"), default=0)
    cost_cents = models.BigIntegerField(_("花费"), default=0)
    given_cents = models.BigIntegerField(_("其中优惠"), default=0)
    verdict = models.CharField(_("结论"), max_length=13, choices=Verdict)
    final = models.BooleanField(_("最后一次"), default=False)
    at = models.DateTimeField(_("时间"), auto_now_add=True)

    class Meta:
        verbose_name = _("看一次")
        constraints = [
            models.UniqueConstraint(fields=["trial", "on"], name="look_once_a_day"),
            models.UniqueConstraint(fields=["trial"], condition=Q(final=True), name="look_final_once"),
        ]

    def __str__(self) -> str:
        return f"{self.trial_id} {self.on}"
