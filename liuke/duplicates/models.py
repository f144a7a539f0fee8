from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from liuke.customers.models import Customer
from liuke.duplicates.labels import PairState
from liuke.team.models import User
from liuke.team.queries import in_scope
from liuke.vault.fields import SealedJSONField


class DuplicateScan(models.Model):
    """查重: one look through everybody on file. `crowded`: what so many cards share that they were not compared one by one, as
    [code, number of cards, some of their ids]; `pairs` are those that wait for a decision."""

    started_at = models.DateTimeField(_("开始时间"), auto_now_add=True)
    finished_at = models.DateTimeField(_("完成时间"), null=True)
    customers = models.PositiveIntegerField(_("客户数"), default=0)
    pairs = models.PositiveIntegerField(_("疑似重复"), default=0)
    crowded = models.JSONField(_("太多张一样"), default=list)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁要的"))

    class Meta:
        verbose_name = _("查重")

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d}"


class DuplicatePairQuerySet(models.QuerySet["DuplicatePair"]):
    def visible_to(self, user: User) -> Self:
        """Pairs of which the user may see both cards."""
        return self.filter(in_scope(user, "a__")).filter(in_scope(user, "b__"))

    def open(self) -> Self:
        return self.filter(state=PairState.OPEN)


class DuplicatePair(models.Model):
    """疑似重复: two cards that may be one customer. `a` < `b`; `reasons` are codes of rules.FOR and AGAINST, never personal values.

    `decided_reasons`: what was known when somebody said that they are two; only another kind of evidence brings the pair up again.
    """

    a = models.ForeignKey(Customer, models.CASCADE, related_name="+", verbose_name=_("客户"))
    b = models.ForeignKey(Customer, models.CASCADE, related_name="+", verbose_name=_("另一张卡"))
    score = models.FloatField(_("像的程度"))
    reasons = models.JSONField(_("依据"), default=list)
    state = models.CharField(_("状态"), max_length=5, choices=PairState, default=PairState.OPEN)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁定的"))
    decided_at = models.DateTimeField(_("定的时间"), null=True)
    decided_reasons = models.JSONField(_("定的时候的依据"), default=list)
    found_at = models.DateTimeField(_("发现时间"), auto_now_add=True)

    objects = DuplicatePairQuerySet.as_manager()

    class Meta:
        verbose_name = _("疑似重复")
        constraints = [
            models.UniqueConstraint(fields=["a", "b"], name="duplicate_pair_once"),
            models.CheckConstraint(condition=Q(a__lt=F("b")), name="duplicate_pair_order"),
        ]
        indexes = [models.Index(fields=["state", "-score"], name="duplicate_pair_open")]

    def __str__(self) -> str:
        return f"{self.a_id}+{self.b_id}"


class MergeQuerySet(models.QuerySet["Merge"]):
    def visible_to(self, user: User) -> Self:
        """Merges into cards that the user may see."""
        return self.filter(in_scope(user, "keep__"))

    def standing(self) -> Self:
        """Those that were not undone."""
        return self.filter(undone_at__isnull=True)


class Merge(models.Model):
    """合并: the card `away` was made part of `keep`. `store` holds all that undoing it takes (moving.Store), sealed; `counts` the rows
    that moved, by model. `away` is no longer the id of a card unless the merge was undone."""

    keep = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name=_("留下的卡"))
    away = models.BigIntegerField(_("并掉的卡"))
    away_number = models.CharField(_("并掉的客户编号"), max_length=64)
    counts = models.JSONField(_("移了多少"), default=dict)
    store = SealedJSONField(null=True, editable=False)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("谁合并的"))
    at = models.DateTimeField(_("合并时间"), auto_now_add=True)
    undone_at = models.DateTimeField(_("撤销时间"), null=True)
    undone_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁撤销的"))

    objects = MergeQuerySet.as_manager()

    class Meta:
        verbose_name = _("合并")
        constraints = [models.UniqueConstraint(fields=["away"], condition=Q(undone_at__isnull=True), name="merged_away_once")]
        indexes = [models.Index(fields=["keep", "-at"], name="merge_keep"), models.Index(fields=["away_number"], name="merge_number")]

    def __str__(self) -> str:
        return f"{self.away}→{self.keep_id}"
