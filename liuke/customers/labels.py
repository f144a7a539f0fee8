"""The words for what a card holds."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    PERSON = "person", _("个人")
    ORGANISATION = "organisation", _("企业")


class Gender(models.TextChoices):
    MALE = "male", _("男")
    FEMALE = "female", _("女")


class Channel(models.TextChoices):
    PHONE = "phone", _("电话")
    WECHAT = "wechat", _("微信")
    SMS = "sms", _("短信")
    EMAIL = "email", _("邮件")
    VISIT = "visit", _("上门")


class Level(models.TextChoices):
    HIGH = "high", _("高")
    MID = "mid", _("中")
    LOW = "low", _("低")


TIERS = {"ordinary": _("普卡"), "silver": _("银卡"), "gold": _("金卡"), "platinum": _("白金")}


def tier_word(code: str) -> str:
    """普卡, 银卡, 金卡, 白金; an unknown code (a trade's own tier) is its own word."""
    return str(TIERS.get(code, code))


class EventKind(models.TextChoices):
    """What happened to a customer that insight may rest on."""

    TOLD_LEAVING = "told_leaving", _("说了要走")
    MEMBERSHIP_CANCELLED = "membership_cancelled", _("退会")
    POINTS_USED_UP = "points_used_up", _("积分用完")
    POINTS_DRAINED = "points_drained", _("积分一次用掉大半")
    DIED = "died", _("去世")
    MOVED_AWAY = "moved_away", _("搬走")
    CLOSED_DOWN = "closed_down", _("停业")
    REFERRAL_CAME = "referral_came", _("介绍的朋友来了")
    REFERRAL_BOUGHT = "referral_bought", _("介绍的朋友成交")
    TIER_RAISED = "tier_raised", _("会员升级")
    PACKAGE_BOUGHT = "package_bought", _("买了套餐")
    EVENT_ATTENDED = "event_attended", _("参加活动")
    BOUGHT_ELSEWHERE = "bought_elsewhere", _("在别处买了")
    NEED_RECORDED = "need_recorded", _("有没满足的需求")
    NEED_MET = "need_met", _("需求满足了")
    SATISFACTION = "satisfaction", _("满意度打分")
    RECOMMEND = "recommend", _("愿意推荐打分")
    SEVERE_COMPLAINT_OPENED = "severe_complaint_opened", _("严重投诉")
    SEVERE_COMPLAINT_CLOSED = "severe_complaint_closed", _("严重投诉结案")
    PRICE_ASKED = "price_asked", _("问过价")
    RIVAL_SEEN = "rival_seen", _("对手在拉")
    LONG_ABSENT = "long_absent", _("很久没来")
    REGULAR_VISITS = "regular_visits", _("长期按时回来")
    ADVICE_ASKED = "advice_asked", _("来问过意见")
    PROMISE_BROKEN = "promise_broken", _("答应的没兑现")


VALUED_EVENTS = {EventKind.SATISFACTION: (1, 5), EventKind.RECOMMEND: (0, 10)}
"""Events that carry a number, with its range."""


class BulkEditState(models.TextChoices):
    WAITING = "waiting", _("在排队")
    DONE = "done", _("改好了")
    UNDOING = "undoing", _("在撤销")
    UNDONE = "undone", _("撤销了")
    FAILED = "failed", _("没改成")


class BulkRowState(models.TextChoices):
    WAITING = "waiting", _("在排队")
    DONE = "done", _("改了")
    CHANGED = "changed", _("别人刚改过，没动")
    UNSEEN = "unseen", _("已经不在名下，没动")
    BACK = "back", _("改回去了")
    STAYED = "stayed", _("后来又改过，没动")
