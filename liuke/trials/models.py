from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from liuke.customers.models import Customer
from liuke.team.models import User
from liuke.trials.labels import Arm


class Trial(models.Model):
    """对照: one round in which a playbook is measured. A share of those it would have contacted is left alone on purpose.

    `planned`: customers whose window has closed at which the last look is taken; `window_days`: days for coming back. Neither changes
    after the first assignment. `seed` makes the places of a round its own.
    """

    playbook = models.CharField(_("打法"), max_length=40)
    round = models.PositiveSmallIntegerField(_("第几轮"), default=1)
    version = models.PositiveIntegerField(_("版本"))
    share = models.DecimalField(_("对照比例"), max_digits=4, decimal_places=3)
    planned = models.PositiveIntegerField(_("计划人数"))
    window_days = models.PositiveSmallIntegerField(_("看多少天"))
    seed = models.CharField(max_length=16)
    opened_on = models.DateField(_("开始"))
    opened_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁开的"))
    closed_on = models.DateField(_("结束"), null=True)

    class Meta:
        verbose_name = _("对照")
        constraints = [
            models.UniqueConstraint(fields=["playbook", "round"], name="trial_round"),
            models.UniqueConstraint(fields=["playbook"], condition=Q(closed_on__isnull=True), name="trial_open_once"),
            models.CheckConstraint(condition=Q(share__gt=0, share__lt=1), name="trial_share"),
            models.CheckConstraint(condition=Q(closed_on__isnull=True) | Q(closed_on__gte=F("opened_on")), name="trial_closed"),
        ]

    def __str__(self) -> str:
        return f"{self.playbook} {self.round}"


class Assignment(models.Model):
    """分组: into which group a customer fell, written before any contact and never changed. `stratum` is his grade on that day."""

    trial = models.ForeignKey(Trial, models.PROTECT, related_name="assignments", verbose_name=_("对照"))
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", verbose_name=_("客户"))
    stratum = models.CharField(_("等级"), max_length=1)
    arm = models.CharField(_("组"), max_length=8, choices=Arm)
    on = models.DateField(_("哪天分的"))
    at = models.DateTimeField(_("时间"), auto_now_add=True)

    class Meta:
        verbose_name = _("分组")
        constraints = [models.UniqueConstraint(fields=["trial", "customer"], name="assigned_once")]
        indexes = [models.Index(fields=["trial", "on"], name="assignment_day")]

    def __str__(self) -> str:
        return self.arm
