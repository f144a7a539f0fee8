from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from liuke.custody.models import CheckOut
from liuke.customers.models import Customer
from liuke.interactions.models import Interaction
from liuke.team.models import Unit, User
from liuke.team.permissions import may
from liuke.team.queries import in_scope
from liuke.visits.labels import OPEN, Came, Dropped, PlanState, VisitState
from liuke.work.models import Result


class AreaQuerySet(models.QuerySet["Area"]):
    def visible_to(self, user: User) -> Self:
        """Areas of the units in the user's sight, and those of the units above it, whose customers may be his."""
        unit = user.scope_unit
        if unit is None or not user.is_active or not may(user, "visit.read"):
            return self.none()
        above = [int(part) for part in (unit.path or "").strip("/").split("/") if part]
        return self.filter(Q(unit__path__startswith=unit.path) | Q(unit__in=above))

    def open(self) -> Self:
        return self.filter(closed_at__isnull=True)


class Area(models.Model):
    """片区: a part of town whose customers are visited together. `words`: parts of addresses that lie in it, one a line.

    The middle in degrees (both or neither) gives the order of stops; `home`: one sets out from here. A closed one keeps its past.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("门店"))
    name = models.CharField(_("名称"), max_length=40)
    words = models.TextField(_("地址里的字"), blank=True)
    latitude = models.FloatField(_("纬度"), null=True)
    longitude = models.FloatField(_("经度"), null=True)
    home = models.BooleanField(_("从这里出发"), default=False)
    closed_at = models.DateTimeField(_("停用时间"), null=True)

    objects = AreaQuerySet.as_manager()

    class Meta:
        verbose_name = _("片区")
        ordering = ["unit__path", "name"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "name"], name="area_name"),
            models.UniqueConstraint(fields=["unit"], condition=Q(home=True, closed_at__isnull=True), name="area_home_once"),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True) | Q(latitude__isnull=False, longitude__isnull=False),
                name="area_middle",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def terms(self) -> tuple[str, ...]:
        return tuple(line for line in self.words.split("\n") if line)


class Placement(models.Model):
    """客户片区: in which area a customer lives: found from the address when that was read, or said by somebody.

    `version` is that of the card when its address was read; `area` None: it fits none. `before` and `move` take the last change by hand
    back.
    """

    customer = models.OneToOneField(Customer, models.CASCADE, related_name="+", verbose_name=_("客户"))
    area = models.ForeignKey(Area, models.CASCADE, null=True, related_name="placements", verbose_name=_("片区"))
    by_hand = models.BooleanField(_("人工指定"), default=False)
    version = models.PositiveIntegerField(default=0, editable=False)
    before = models.ForeignKey(Area, models.SET_NULL, null=True, related_name="+", verbose_name=_("原来的片区"))
    before_by_hand = models.BooleanField(default=False, editable=False)
    move = models.BigIntegerField(null=True, editable=False)

    class Meta:
        verbose_name = _("客户片区")

    def __str__(self) -> str:
        return f"{self.customer_id}"


class PlanQuerySet(models.QuerySet["VisitPlan"]):
    def visible_to(self, user: User) -> Self:
        """One's own; of those below for who oversees."""
        unit = user.scope_unit
        if unit is None or not user.is_active:
            return self.none()
        mine = Q(user=user)
        return self.filter(mine | Q(user__unit__path__startswith=unit.path)) if may(user, "visit.oversee") else self.filter(mine)


class VisitPlan(models.Model):
    """拜访计划: one person's week of visits. `week` is its Monday. A draft is nobody's task yet.

    `grouped`: no area has coordinates, so that stops stand by area and not in an order of driving.
    """

    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("谁去"))
    week = models.DateField(_("哪一周"))
    day_minutes = models.PositiveSmallIntegerField(_("每天分钟数"))
    state = models.CharField(_("进展"), max_length=5, choices=PlanState, default=PlanState.DRAFT)
    grouped = models.BooleanField(_("按片区排"), default=False)
    made_at = models.DateTimeField(_("排的时间"), auto_now_add=True)
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁排的"))
    set_at = models.DateTimeField(_("排定时间"), null=True)

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("拜访计划")
        constraints = [models.UniqueConstraint(fields=["user", "week"], name="visit_plan_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.week}"


class VisitQuerySet(models.QuerySet["Visit"]):
    def visible_to(self, user: User) -> Self:
        """Visits to customers the user may see: the own ones, or a colleague's for those who oversee."""
        seen = self.filter(in_scope(user, "customer__"))
        return seen if may(user, "visit.oversee") else seen.filter(user=user)

    def open(self) -> Self:
        return self.filter(state__in=OPEN)


class Visit(models.Model):
    """拜访: one way to one customer: when, why him, whether the card was read before leaving, how it went.

    `at`: the hour that was agreed; `asked`: by the customer. `reasons` is a list of [key, slots] from which the sentence is made when read.
    A visit that met nobody is done; the next try is a row of its own. `was`: what a hand-over took from it, for the way back.
    """

    plan = models.ForeignKey(VisitPlan, models.CASCADE, related_name="visits", verbose_name=_("拜访计划"))
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", verbose_name=_("客户"))
    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("谁去"))
    week = models.DateField(_("哪一周"))
    on = models.DateField(_("哪天"))
    position = models.PositiveSmallIntegerField(_("第几家"), default=0)
    at = models.TimeField(_("约好的时间"), null=True)
    begins = models.TimeField(_("大约几点"), null=True)
    asked = models.BooleanField(_("客户要求的"), default=False)
    by_hand = models.BooleanField(_("自己加的"), default=False)
    area = models.ForeignKey(Area, models.SET_NULL, null=True, related_name="+", verbose_name=_("片区"))
    minutes = models.PositiveSmallIntegerField(_("分钟"))
    reasons = models.JSONField(_("原因"), default=list)
    value_at_risk_cents = models.BigIntegerField(_("风险金额"), default=0)
    state = models.CharField(_("进展"), max_length=8, choices=VisitState, default=VisitState.DRAFT)
    dropped_why = models.CharField(_("为什么不去"), max_length=8, choices=Dropped, blank=True)
    check_out = models.ForeignKey(CheckOut, models.SET_NULL, null=True, related_name="+", verbose_name=_("借阅"))
    read_at = models.DateTimeField(_("出发前看卡"), null=True)
    started_at = models.DateTimeField(_("出发时间"), null=True)
    arrived_at = models.DateTimeField(_("到的时间"), null=True)
    done_at = models.DateTimeField(_("写结果的时间"), null=True)
    outcome = models.CharField(_("结果"), max_length=12, choices=Came, blank=True)
    result = models.ForeignKey(Result, models.SET_NULL, null=True, related_name="+", verbose_name=_("结果"))
    after = models.ForeignKey("self", models.SET_NULL, null=True, related_name="+", verbose_name=_("接着哪一次"))
    made_at = models.DateTimeField(auto_now_add=True)
    was = models.JSONField(null=True, editable=False)

    objects = VisitQuerySet.as_manager()

    class Meta:
        verbose_name = _("拜访")
        constraints = [models.UniqueConstraint(fields=["customer", "week"], condition=Q(state__in=OPEN), name="visit_once_a_week")]
        indexes = [
            models.Index(fields=["user", "on"], name="visit_day"),
            models.Index(fields=["on", "state"], name="visit_on"),
            models.Index(fields=["customer", "-on"], name="visit_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.on}"


class MeetingQuerySet(models.QuerySet["Meeting"]):
    def visible_to(self, user: User) -> Self:
        """Meetings of units in the user's sight; who keeps customers of his own sees those he held."""
        unit = user.scope_unit
        if unit is None or not user.is_active:
            return self.none()
        mine = Q(by=user)
        return self.filter(mine | Q(unit__path__startswith=unit.path)) if may(user, "visit.oversee") else self.filter(mine)


class Meeting(models.Model):
    """客户会议: customers who were brought together: when, where, on what, what came of it. Taken back, it stays, marked."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("门店"))
    on = models.DateField(_("日期"))
    place = models.CharField(_("地点"), max_length=100, blank=True)
    topic = models.CharField(_("主题"), max_length=100)
    said = models.TextField(_("说了什么"), blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("谁记的"))
    made_at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True, editable=False)

    objects = MeetingQuerySet.as_manager()

    class Meta:
        verbose_name = _("客户会议")
        ordering = ["-on", "-pk"]

    def __str__(self) -> str:
        return self.topic


class MeetingGuest(models.Model):
    """到会客户: one customer at a meeting: who came for him, what they said; a contact stands on his card."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="guests", verbose_name=_("客户会议"))
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", verbose_name=_("客户"))
    who = models.CharField(_("谁来的"), max_length=100, blank=True)
    said = models.TextField(_("说了什么"), blank=True)
    interaction = models.ForeignKey(Interaction, models.SET_NULL, null=True, related_name="+", verbose_name=_("接触"))

    class Meta:
        verbose_name = _("到会客户")
        constraints = [models.UniqueConstraint(fields=["meeting", "customer"], name="meeting_guest_once")]

    def __str__(self) -> str:
        return f"{self.customer_id}"
