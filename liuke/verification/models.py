from django.db import models
from django.utils.translation import gettext_lazy as _

from liuke.customers.models import Customer, FieldChange
from liuke.team.models import Unit, User
from liuke.verification.labels import Answer, State


class SampleWeek(models.Model):
    """周样本: the cards drawn for one week, so many for each owner; one draw a week. `week` is its Monday."""

    week = models.DateField(_("哪一周"), unique=True)
    per_owner = models.PositiveSmallIntegerField(_("每人几张"))
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁抽的"))
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("周样本")

    def __str__(self) -> str:
        return f"{self.week}"


class SampleCard(models.Model):
    """核查卡: one card of a week's sample, to be gone through with the customer by telephone.

    `owner` and `unit` are those of the day of the draw. `checked` and `right` count its fields once it is done.
    """

    sample = models.ForeignKey(SampleWeek, models.CASCADE, related_name="cards")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", verbose_name=_("客户"))
    owner = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("业务员"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("门店"))
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(_("打了几次"), default=0)
    next_on = models.DateField(_("哪天再打"), null=True)
    checked = models.PositiveSmallIntegerField(_("核了几项"), default=0)
    right = models.PositiveSmallIntegerField(_("几项对"), default=0)
    done_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁核的"))
    done_at = models.DateTimeField(_("核完时间"), null=True)

    class Meta:
        verbose_name = _("核查卡")
        constraints = [models.UniqueConstraint(fields=["sample", "customer"], name="sample_card_once")]
        indexes = [
            models.Index(fields=["sample", "state"], name="sample_card_state"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}"


class FieldCheck(models.Model):
    """字段核实: what the customer said of one field, on a day. `change` is the correction that came of it."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", verbose_name=_("客户"))
    field = models.CharField(_("字段"), max_length=40)
    on = models.DateField(_("日期"))
    result = models.CharField(_("结果"), max_length=10, choices=Answer)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("谁问的"))
    at = models.DateTimeField(auto_now_add=True)
    card = models.ForeignKey(SampleCard, models.CASCADE, null=True, related_name="checks", verbose_name=_("核查卡"))
    change = models.ForeignKey(FieldChange, models.SET_NULL, null=True, related_name="+", verbose_name=_("改动"))

    class Meta:
        verbose_name = _("字段核实")
        indexes = [models.Index(fields=["customer", "field", "-on"], name="field_check_card")]

    def __str__(self) -> str:
        return f"{self.field} {self.result}"


class CompletenessCount(models.Model):
    """完整度合计: how many cards an owner keeps in a store, the sum of their completeness, how many are under 60; counted by the worker."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="+", verbose_name=_("门店"))
    owner = models.ForeignKey(User, models.CASCADE, null=True, related_name="+", verbose_name=_("业务员"))
    cards = models.PositiveIntegerField(_("卡数"))
    points = models.PositiveBigIntegerField(_("完整度之和"))
    low = models.PositiveIntegerField(_("不到六成"))
    fingerprint = models.CharField(max_length=32)
    at = models.DateTimeField(_("什么时候数的"))

    class Meta:
        verbose_name = _("完整度合计")
        constraints = [
            models.UniqueConstraint(fields=["unit", "owner"], name="completeness_once"),
            models.UniqueConstraint(fields=["unit"], condition=models.Q(owner=None), name="completeness_nobody_once"),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.owner_id}"
