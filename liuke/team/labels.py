"""The words for roles and kinds of unit."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    REP = "rep", _("业务员")
    AGENT = "agent", _("服务专员")
    SUPERVISOR = "supervisor", _("区域主管")
    ANALYST = "analyst", _("客户运营中心")
    CUSTODIAN = "custodian", _("资料保管员")
    MANAGER = "manager", _("总经理")
    ADMIN = "admin", _("管理员")


class UnitKind(models.TextChoices):
    GROUP = "group", _("集团")
    REGION = "region", _("区域")
    STORE = "store", _("门店")
