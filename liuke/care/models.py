from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from liuke.care.labels import LeftWhy, OccasionState
from liuke.customers.models import Customer
from liuke.team.models import Unit, User
from liuke.team.permissions import may
from liuke.team.queries import in_scope


class CareRule(models.Model):
    """关怀规矩: how the company keeps one occasion in place of its pack's, one version of it. Never edited: what changes is a new version.

    `body` is the whole occasion (packs.care.CareOccasion) as JSON; null: from this version on the pack's own holds again.
    """

    pack = models.CharField(_("行业包"), max_length=40)
    key = models.CharField(_("日子"), max_length=40)
    version = models.PositiveIntegerField(_("版本"))
    body = models.JSONField(_("内容"), null=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁改的"))
    at = models.DateTimeField(_("什么时候"), auto_now_add=True)

    class Meta:
        verbose_name = _("关怀规矩")
        constraints = [models.UniqueConstraint(fields=["pack", "key", "version"], name="care_rule_once")]

    def __str__(self) -> str:
        return f"{self.key} {self.version}"


class OccasionQuerySet(models.QuerySet["Occasion"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(in_scope(user, "customer__"))


class Occasion(models.Model):
    """关怀日子: an occasion that came for one customer. `turn` says which time (the year, or the deal or contract it belongs to): it comes
    once. `on` is the day itself, `due_on` the day it is kept, `until` the last day on which it is still worth it; `level` as of then.
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", verbose_name=_("客户"))
    key = models.CharField(_("日子"), max_length=40)
    turn = models.CharField(_("第几次"), max_length=24)
    on = models.DateField(_("哪天"))
    due_on = models.DateField(_("哪天做"))
    until = models.DateField(_("做到哪天"))
    level = models.CharField(_("哪一档"), max_length=26)
    state = models.CharField(_("进展"), max_length=8, choices=OccasionState)
    why = models.CharField(_("为什么不打扰"), max_length=10, choices=LeftWhy, blank=True)
    settled_on = models.DateField(_("哪天了结"), null=True)

    objects = OccasionQuerySet.as_manager()

    class Meta:
        verbose_name = _("关怀日子")
        constraints = [
            models.UniqueConstraint(fields=["customer", "key", "turn"], name="occasion_once"),
            models.CheckConstraint(condition=Q(until__gte=F("due_on")), name="occasion_until"),
        ]
        indexes = [
            models.Index(fields=["due_on", "key"], name="occasion_day"),
            models.Index(fields=["until"], condition=Q(state="waiting"), name="occasion_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.on}"


class GatheringQuerySet(models.QuerySet["Gathering"]):
    def visible_to(self, user: User) -> Self:
        """Those of the user's own unit, of what is below it, and of what is above it: the region's is the store's too."""
        unit = user.scope_unit
        if not may(user, "care.read") or unit is None or not unit.path:
            return self.none()
        above = unit.path.strip("/").split("/")
        return self.filter(Q(unit__path__startswith=unit.path) | Q(unit__in=[int(part) for part in above]))


class Gathering(models.Model):
    """联谊: customers and staff come together on a day; nothing is sold at it."""

    name = models.CharField(_("名称"), max_length=60)
    on = models.DateField(_("哪天"))
    place = models.CharField(_("地点"), max_length=120, blank=True)
    note = models.CharField(_("说明"), max_length=300, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("单位"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("谁办的"))
    at = models.DateTimeField(_("时间"), auto_now_add=True)
    cancelled_at = models.DateTimeField(_("取消时间"), null=True)

    objects = GatheringQuerySet.as_manager()

    class Meta:
        verbose_name = _("联谊")
        indexes = [models.Index(fields=["-on"], name="gathering_day")]

    def __str__(self) -> str:
        return self.name


class Guest(models.Model):
    """联谊客人: one customer invited to a gathering; `event` is the fact on his card that he came."""

    gathering = models.ForeignKey(Gathering, models.CASCADE, related_name="guests")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", verbose_name=_("客户"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("谁请的"))
    at = models.DateTimeField(_("时间"), auto_now_add=True)
    came_at = models.DateTimeField(_("记下来了的时间"), null=True)
    came_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁记的"))
    event = models.BigIntegerField(_("事件"), null=True)

    class Meta:
        verbose_name = _("联谊客人")
        constraints = [models.UniqueConstraint(fields=["gathering", "customer"], name="guest_once")]

    def __str__(self) -> str:
        return f"{self.customer_id}"
