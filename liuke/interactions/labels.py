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


FACE_TO_FACE = (Way.VISIT, Way.IN_STORE, Way.EVENT, Way.MEETING)
WRITTEN = (Way.WECHAT, Way.SMS, Way.EMAIL, Way.LETTER)
MET = {Outcome.REACHED: _("见到了"), Outcome.NOT_REACHED: _("没见到")}
ANSWERED = {Outcome.REACHED: _("回了"), Outcome.NOT_REACHED: _("没回")}


def outcome_word(outcome: str, way: str = "") -> str:
    """How one says that of this way: 接通 on the telephone, 见到了 at the door, 回了 in writing. What is no outcome stays as it is."""
    if outcome not in Outcome.values:
        return outcome
    code = Outcome(outcome)
    return str((MET if way in FACE_TO_FACE else ANSWERED if way in WRITTEN else {}).get(code, code.label))


def outcome_words(way: str = "") -> list[tuple[str, str]]:
    """All outcomes in the words of this way, in their order."""
    return [(code, outcome_word(code, way)) for code in Outcome.values]
