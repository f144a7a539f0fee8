"""The words for deals, contracts, assets and payments."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DealKind(models.TextChoices):
    SALE = "sale", _("销售")
    SERVICE = "service", _("服务")
    REFUND = "refund", _("退款")


class AssetKind(models.TextChoices):
    VEHICLE = "vehicle", _("车辆")
    LINE = "line", _("号码")
    MACHINE = "machine", _("设备")
    OTHER = "other", _("其他")
