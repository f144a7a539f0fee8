"""The words for what two cards have in common."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PairState(models.TextChoices):
    OPEN = "open", _("等人看")
    APART = "apart", _("不是同一个人")
    GONE = "gone", _("原因没有了")


REASONS = {
    "credit_code": _("同一个信用代码"),
    "plate": _("同一块车牌"),
    "phone": _("同一个手机号"),
    "company": _("名称的主干一样"),
    "name": _("姓名一样"),
    "birthday": _("同一天生日"),
    "address": _("同一个地址"),
    "sound": _("名字读音一样"),
    "last4": _("手机尾号一样"),
    "birth_day": _("生日同月同日"),
    "company_similar": _("名称差不多"),
    "similar": _("名字差不多"),
    "other_credit_code": _("信用代码不同"),
    "other_place": _("不在一个城市"),
    "other_birthday": _("生日不同"),
    "other_gender": _("性别不同"),
}
"""What each code of rules.FOR and rules.AGAINST means, as part of a sentence; the strongest first."""
