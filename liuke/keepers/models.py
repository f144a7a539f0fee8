from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from liuke.customers.models import Customer, Transfer, TransferRow, erased
from liuke.keepers.labels import HandOverKind, LeftWhy, Split, Why
from liuke.team.labels import Role
from liuke.team.models import Unit, User
from liuke.team.permissions import may
from liuke.team.queries import in_scope
from liuke.vault.fields import SealedTextField


class PoolEntryQuerySet(models.QuerySet["PoolEntry"]):
    def in_pool(self) -> Self:
        """Customers who can be claimed now. Whoever was given an owner by another way has left, though the night has not written it yet."""
        return self.filter(~erased("customer__"), fell_on__isnull=False, left_on__isnull=True, customer__owner__isnull=True)

    def warned(self) -> Self:
        """Customers on the way to the pool, as of the last night."""
        return self.filter(~erased("customer__"), fell_on__isnull=True, left_on__isnull=True)

    def visible_to(self, user: User) -> Self:
        """The pool of the user's own unit and what is below it (of the scope for who oversees); of what still has an owner, what the
        user may see as a card. Of the cards in the pool themselves this opens nothing."""
        unit = user.scope_unit
        if not may(user, "pool.claim") or unit is None or unit.path is None:
            return self.none()
        pooled = Q(fell_on__isnull=False, customer__owner__isnull=True, customer__unit__path__startswith=unit.path)
        return self.filter(pooled | in_scope(user, "customer__"))


class PoolEntry(models.Model):
    """公海: one stay of a customer in the pool, from the warning on. Open until `left_on`; a customer has one open entry at most.

    Figures are those of the last night: the page sorts by them. A reverse act closes the entry and opens another, so that none is lost.
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", verbose_name=_("客户"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("单位"))
    why = models.CharField(_("原因"), max_length=10, choices=Why)
    note = SealedTextField(_("说明"), blank=True, default="")
    from_owner = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("原来的业务员"))
    silent_since = models.DateField(_("从哪天起没联系"), null=True)
    warned_on = models.DateField(_("提醒的日子"), null=True)
    falls_on = models.DateField(_("哪天进公海"), null=True)
    fell_on = models.DateField(_("进公海的日子"), null=True)
    stage = models.CharField(_("阶段"), max_length=1, blank=True)
    abc = models.CharField(_("等级"), max_length=1, blank=True)
    last_deal = models.DateField(_("上次来"), null=True)
    cycle_days = models.FloatField(_("周期"), null=True)
    value_at_risk_cents = models.BigIntegerField(_("风险金额"), default=0)
    left_on = models.DateField(_("离开的日子"), null=True)
    left_why = models.CharField(_("怎么离开的"), max_length=10, choices=LeftWhy, blank=True)
    taken_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁接走的"))
    taken_at = models.DateTimeField(_("接走的时间"), null=True)
    undone_at = models.DateTimeField(_("撤销时间"), null=True)
    transfer = models.ForeignKey(Transfer, models.SET_NULL, null=True, related_name="+")

    objects = PoolEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("公海记录")
        constraints = [
            models.UniqueConstraint(fields=["customer"], condition=Q(left_on__isnull=True), name="pool_open_once"),
            models.CheckConstraint(condition=Q(fell_on__isnull=False) | Q(warned_on__isnull=False), name="pool_begun"),
        ]
        indexes = [
            models.Index(fields=["left_on", "fell_on", "-value_at_risk_cents"], name="pool_open"),
            models.Index(fields=["from_owner", "fell_on"], name="pool_from"),
            models.Index(fields=["taken_by", "taken_at"], name="pool_taken"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}"


class PoolExclusion(models.Model):
    """不进公海: a supervisor keeps one customer out of the pool, until a day or until it is lifted."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", verbose_name=_("客户"))
    reason = SealedTextField(_("原因"))
    until = models.DateField(_("到哪天"), null=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("谁"))
    at = models.DateTimeField(_("时间"), auto_now_add=True)
    lifted_at = models.DateTimeField(_("取消时间"), null=True)

    class Meta:
        verbose_name = _("不进公海")
        constraints = [models.UniqueConstraint(fields=["customer"], condition=Q(lifted_at__isnull=True), name="pool_exclusion_once")]

    def __str__(self) -> str:
        return f"{self.customer_id}"


class HandOverQuerySet(models.QuerySet["HandOver"]):
    def visible_to(self, user: User) -> Self:
        """What one gave away or got oneself; for who may hand over, all in which there is a customer he sees."""
        own = Q(person=user) | Exists(HandOverPart.objects.filter(hand_over=OuterRef("pk"), to=user))
        if not user.is_active or user.role == Role.ADMIN:
            return self.none()
        if not may(user, "customer.transfer"):
            return self.filter(own)
        parts = HandOverPart.objects.filter(hand_over=OuterRef(OuterRef("pk"))).values("transfer")
        seen = TransferRow.objects.filter(in_scope(user, "customer__"), transfer__in=parts)
        return self.filter(own | Exists(seen))


class HandOver(models.Model):
    """交接: the customers of one person (or ticked ones, `person` None) go to others, for good or until the day he is back."""

    person = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁的客户"))
    kind = models.CharField(_("类别"), max_length=8, choices=HandOverKind)
    everything = models.BooleanField(_("全部客户"), default=True)
    split = models.CharField(_("怎么分"), max_length=4, choices=Split, default=Split.EVEN)
    until = models.DateField(_("回来的日子"), null=True)
    reason = SealedTextField(_("原因"), blank=True, default="")
    tell = models.BooleanField(_("要跟客户说"), default=False)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("经手人"))
    at = models.DateTimeField(_("时间"), auto_now_add=True)
    on = models.DateField(_("日期"))
    count = models.PositiveIntegerField(_("客户数"), default=0)
    undone_at = models.DateTimeField(_("撤销时间"), null=True)
    returned_at = models.DateTimeField(_("还回时间"), null=True)
    went_back = models.PositiveIntegerField(_("还回客户数"), null=True)

    objects = HandOverQuerySet.as_manager()

    class Meta:
        verbose_name = _("交接")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="for_good", until__isnull=True) | Q(kind="cover", until__isnull=False), name="hand_over_until"
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "until"], name="hand_over_until_day"),
            models.Index(fields=["person"], name="hand_over_person"),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"

    @property
    def running(self) -> bool:
        """A cover that has neither ended nor been undone."""
        return self.kind == HandOverKind.COVER and self.undone_at is None and self.returned_at is None


class HandOverPart(models.Model):
    """交接的一份: what one receiver got; the customers are the rows of the transfer."""

    hand_over = models.ForeignKey(HandOver, models.CASCADE, related_name="parts")
    to = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("交给"))
    transfer = models.OneToOneField(Transfer, models.PROTECT, related_name="+")
    count = models.PositiveIntegerField(_("客户数"))
    value_at_risk_cents = models.BigIntegerField(_("风险金额"), default=0)

    class Meta:
        verbose_name = _("交接的一份")

    def __str__(self) -> str:
        return f"{self.transfer_id}"


class HandOverWork(models.Model):
    """交接的事: rows of one kind that went from one person to another with a hand-over, as (row, customer), so that they can go back."""

    hand_over = models.ForeignKey(HandOver, models.CASCADE, related_name="work")
    kind = models.CharField(_("类别"), max_length=40)
    old = models.ForeignKey(User, models.PROTECT, related_name="+")
    new = models.ForeignKey(User, models.PROTECT, related_name="+")
    rows = models.JSONField(_("行"), default=list)

    class Meta:
        verbose_name = _("交接的事")

    def __str__(self) -> str:
        return f"{self.kind}"
