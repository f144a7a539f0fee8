"""The words of care."""

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from liuke.customers.labels import tier_word


class OccasionState(models.TextChoices):
    WAITING = "waiting", _("要做")
    DONE = "done", _("问候过了")
    DECLINED = "declined", _("客户说不用")
    LEFT = "left", _("这次不打扰")
    MISSED = "missed", _("过了日子没做")


class LeftWhy(models.TextChoices):
    """Why an occasion that came was left in peace. Only what can change within its days is written down."""

    BUDGET = "budget", _("近 30 天已联系满")
    WISH = "wish", _("客户要少联系")
    NO_WAY = "no_way", _("他愿意用的方式都没有")
    COMPLAINT = "complaint", _("投诉还没结")
    TALKED = "talked", _("刚刚联系过")
    BUSY = "busy", _("另有任务在联系他")
    ANOTHER = "another", _("同一天已有一件关怀")
    NOBODY = "nobody", _("没有人可派")


class CareSide(models.TextChoices):
    """Where a contact counts in the balance of care and selling."""

    CARE = "care", _("关怀")
    SELLING = "selling", _("销售")
    OTHER = "other", _("其他")


KINDS = {
    "birthday": _("生日"),
    "joined": _("建档周年"),
    "first_deal": _("首次成交周年"),
    "bought": _("买来的周年"),
    "festival": _("节日"),
    "contract": _("合约的日子"),
    "new_member": _("首次成交以后"),
    "after_service": _("服务以后"),
}
WHO = {"owner": _("业务员"), "agent": _("服务专员"), "supervisor": _("区域主管"), "manager": _("总经理")}


def level_word(level: str) -> str:
    """大客户, 金卡, A 级: the level of an occasion (packs.care.LevelKey)."""
    if level == "key":
        return gettext("大客户")
    if level.startswith("tier_"):
        return tier_word(level.removeprefix("tier_"))
    return gettext("%(grade)s 级") % {"grade": level}
