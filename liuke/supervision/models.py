from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from liuke.customers.models import Customer
from liuke.supervision.rules import REMARK
from liuke.team.models import User
from liuke.team.queries import in_scope


class CardReview(models.Model):
    """每周看卡: some cards of one salesperson, looked through by who is above him. Once a week; closed when every card was ticked."""

    owner = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("谁的卡"))
    week = models.DateField(_("哪一周"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("谁看"))
    since = models.DateField(_("从哪天起的改动"))
    started_at = models.DateTimeField(_("开始"), auto_now_add=True)
    closed_at = models.DateTimeField(_("看完"), null=True)

    class Meta:
        verbose_name = _("每周看卡")
        constraints = [models.UniqueConstraint(fields=["owner", "week"], name="review_once_a_week")]
        indexes = [models.Index(fields=["week"], name="review_week")]

    def __str__(self) -> str:
        return f"{self.week}"


class ReviewedCardQuerySet(models.QuerySet["ReviewedCard"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(in_scope(user, "customer__"))

    def unheard(self) -> Self:
        """With a remark that the owner has not seen yet."""
        return self.exclude(remark="").filter(seen_at__isnull=False, heard_at__isnull=True)


class ReviewedCard(models.Model):
    """看过的卡: one card of a review: how often it was changed since the last one, what was said to its owner, and when he saw that."""

    review = models.ForeignKey(CardReview, models.CASCADE, related_name="cards")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", verbose_name=_("客户"))
    changes = models.PositiveIntegerField(_("改了几处"), default=0)
    remark = models.CharField(_("说的话"), max_length=REMARK, blank=True)
    seen_at = models.DateTimeField(_("看过的时间"), null=True)
    seen_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁看的"))
    heard_at = models.DateTimeField(_("业务员知道了"), null=True)

    objects = ReviewedCardQuerySet.as_manager()

    class Meta:
        verbose_name = _("看过的卡")
        constraints = [models.UniqueConstraint(fields=["review", "customer"], name="review_card_once")]
        indexes = [models.Index(fields=["customer", "-seen_at"], name="review_customer")]

    def __str__(self) -> str:
        return f"{self.customer_id}"


class DebriefQuerySet(models.QuerySet["Debrief"]):
    def standing(self) -> Self:
        """Those that were not taken back."""
        return self.filter(undone_at__isnull=True)


class Debrief(models.Model):
    """过一天的事: who is above went over one day's results with a member of staff, and what was agreed."""

    person = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("和谁"))
    day = models.DateField(_("哪一天"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("谁过的"))
    remark = models.CharField(_("说好怎么做"), max_length=REMARK, blank=True)
    at = models.DateTimeField(_("时间"), auto_now_add=True)
    undone_at = models.DateTimeField(null=True, editable=False)

    objects = DebriefQuerySet.as_manager()

    class Meta:
        verbose_name = _("过一天的事")
        constraints = [models.UniqueConstraint(fields=["person", "day"], condition=Q(undone_at__isnull=True), name="debrief_once")]
        indexes = [models.Index(fields=["day"], name="debrief_day")]

    def __str__(self) -> str:
        return f"{self.day}"
