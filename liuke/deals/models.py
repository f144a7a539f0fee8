from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from liuke.customers.models import Customer
from liuke.customers.models import FactChange as FactChange
from liuke.deals.labels import AssetKind, DealKind
from liuke.team.models import Unit, User


class Deal(models.Model):
    """成交: one purchase on a date, with amount and lines; a refund is a deal with a negative amount.

    `came` says whether it makes a deal day (deals/rules.py). A deal without a number of its own has number NULL and is known
    by customer + date + amount + content, counted.
    """

    number = models.CharField(_("单号"), max_length=64, null=True, blank=True, unique=True)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", verbose_name=_("客户"))
    on = models.DateField(_("成交日期"))
    kind = models.CharField(_("类型"), max_length=8, choices=DealKind, default=DealKind.SALE)
    amount_cents = models.BigIntegerField(_("金额"))
    came = models.BooleanField(_("算来过"), default=True)
    content = models.CharField(_("内容"), max_length=300, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("门店"))
    staff = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("经手人"))
    asset = models.ForeignKey("Asset", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("持有物"))
    load_id = models.BigIntegerField(null=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("成交")
        indexes = [
            models.Index(fields=["customer", "-on"], name="deal_customer"),
            models.Index(fields=["on"], name="deal_on"),
            models.Index(fields=["load_id"], name="deal_load"),
        ]

    def __str__(self) -> str:
        return self.number or f"#{self.pk}"


class DealLine(models.Model):
    """成交明细: one line of a deal. Quantity and unit price as written; the deal's amount is the exact sum, rounded once."""

    deal = models.ForeignKey(Deal, models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField()
    code = models.CharField(_("商品编号"), max_length=64, blank=True)
    name = models.CharField(_("名称"), max_length=200, blank=True)
    quantity = models.DecimalField(_("数量"), max_digits=14, decimal_places=4)
    unit_price = models.DecimalField(_("单价"), max_digits=14, decimal_places=4)

    class Meta:
        verbose_name = _("成交明细")
        ordering = ["position"]

    def __str__(self) -> str:
        return self.name


class Asset(models.Model):
    """持有物: what is served: a vehicle, a line, a machine."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", verbose_name=_("客户"))
    kind = models.CharField(_("类别"), max_length=10, choices=AssetKind, default=AssetKind.VEHICLE)
    name = models.CharField(_("名称"), max_length=120)
    identifier = models.CharField(_("牌号"), max_length=40, blank=True, db_index=True)
    year = models.PositiveSmallIntegerField(_("年款"), null=True, blank=True)
    mileage = models.PositiveIntegerField(_("里程"), null=True, blank=True)
    acquired_on = models.DateField(_("取得日期"), null=True, blank=True)
    gone_on = models.DateField(_("离手日期"), null=True, blank=True)
    load_id = models.BigIntegerField(null=True, editable=False)

    class Meta:
        verbose_name = _("持有物")
        indexes = [models.Index(fields=["acquired_on"], name="asset_acquired")]

    def __str__(self) -> str:
        return self.name


class Contract(models.Model):
    """合约: anything with an expiry that the customer can renew. `kind` is a key of the pack's contract kinds."""

    number = models.CharField(_("合约号"), max_length=64, null=True, blank=True, unique=True)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", verbose_name=_("客户"))
    kind = models.CharField(_("类别"), max_length=30)
    name = models.CharField(_("名称"), max_length=120, blank=True)
    asset = models.ForeignKey(Asset, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("持有物"))
    starts_on = models.DateField(_("开始"))
    ends_on = models.DateField(_("到期"))
    ended_on = models.DateField(_("提前结束"), null=True, blank=True)
    amount_cents = models.BigIntegerField(_("金额"), default=0)
    times_total = models.PositiveIntegerField(_("总次数"), null=True, blank=True)
    times_left = models.PositiveIntegerField(_("剩余次数"), null=True, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("门店"))
    staff = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("经手人"))
    load_id = models.BigIntegerField(null=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("合约")
        indexes = [
            models.Index(fields=["customer", "kind", "ends_on"], name="contract_customer"),
            models.Index(fields=["kind", "ends_on"], name="contract_ends"),
            models.Index(fields=["kind", "starts_on"], name="contract_starts"),
        ]

    def __str__(self) -> str:
        return self.name or self.kind


class Payment(models.Model):
    """付款: money received. Without a known deal it is the customer's unallocated payment."""

    number = models.CharField(_("付款号"), max_length=64, null=True, blank=True, unique=True)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", verbose_name=_("客户"))
    deal = models.ForeignKey(Deal, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("成交"))
    on = models.DateField(_("付款日期"))
    amount_cents = models.BigIntegerField(_("金额"))
    method = models.CharField(_("方式"), max_length=40, blank=True)
    load_id = models.BigIntegerField(null=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("付款")
        indexes = [models.Index(fields=["customer", "-on"], name="payment_customer")]

    def __str__(self) -> str:
        return self.number or f"#{self.pk}"


class MirrorMonth(models.Model):
    """镜像月份: which state of a month's deals the columnar mirror must hold. `changed` is drawn anew with every change, in the same
    transaction as the deals, and the mirror's files carry the one they were written from."""

    month = models.CharField(max_length=7, primary_key=True)
    changed = models.BigIntegerField()

    class Meta:
        verbose_name = _("镜像月份")

    def __str__(self) -> str:
        return self.month
