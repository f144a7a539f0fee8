"""The words for loads."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    UPLOADED = "uploaded", _("已上传")
    CHECKED = "checked", _("已试运行")
    LOADING = "loading", _("正在导入")
    LOADED = "loaded", _("已导入")
    UNDONE = "undone", _("已撤销")
    FAILED = "failed", _("没有成功")


class DatasetKind(models.TextChoices):
    CUSTOMERS = "customers", _("客户")
    DEALS = "deals", _("成交")
    CONTRACTS = "contracts", _("合约")
    PAYMENTS = "payments", _("付款")
    INTERACTIONS = "interactions", _("接触")
