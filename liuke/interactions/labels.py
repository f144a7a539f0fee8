"""The words for a contact with a customer."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Direction(models.TextChoices):
    OUT = "out", _("我们找客户")
    IN = "in", _("客户找我们")


class Way(models.TextChoices):
    PHONE = "phone", _("电话")
    WECHAT = "wechat", _("微信")
    SMS = "sms", _("短信")
    EMAIL = "email", _("邮件")
    LETTER = "letter", _("信件")
    VISIT = "visit", _("上门")
    IN_STORE = "in_store", _("店里谈")
    EVENT = "event", _("活动")
    MEETING = "meeting", _("客户会议")
    HOTLINE = "hotline", _("客户热线")


class Outcome(models.TextChoices):
    REACHED = "reached", _("接通")
    NOT_REACHED = "not_reached", _("没接")
    REFUSED = "refused", _("婉拒")
    DEAL = "deal", pgettext_lazy("结果", "成交")
    LATER = "later", _("改天")
