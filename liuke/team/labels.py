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


# What a role may see, told to the person who has it; %(place)s is the unit the sight begins at.
SIGHT = {
    Role.REP: _("您看得到自己名下的客户。手机号要借出卡才显示全号。"),
    Role.AGENT: _("您看得到%(place)s的客户卡，可以记联系和成交。手机号要借出卡才显示全号。"),
    Role.SUPERVISOR: _("您看得到%(place)s的全部客户，可以转交客户、看谁借了卡没还。"),
    Role.ANALYST: _("您看得到%(place)s的全部数字。手机号和地址都遮住，客户卡只能看。"),
    Role.CUSTODIAN: _("您看得到%(place)s的客户卡、借卡记录和操作记录。手机号和地址都遮住。"),
    Role.MANAGER: _("您看得到%(place)s的全部客户、数字和操作记录。"),
    Role.ADMIN: _("您管人员、单位和行业包。客户卡不归您管，这里看不到任何客户。"),
}
