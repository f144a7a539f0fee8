"""The words of a complaint. Codes are those of the domain page; the text suggestion (analytics.complaint_words) speaks the same."""

from __future__ import annotations

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Axis(models.TextChoices):
    """The five classifications."""

    SEVERITY = "severity", _("程度")
    CAUSE = "cause", _("原因")
    CHANNEL = "channel", _("方式")
    BEHAVIOUR = "behaviour", _("行为")
    PURPOSE = "purpose", _("目的")


class Severity(models.TextChoices):
    ORDINARY = "ordinary", _("一般")
    SEVERE = "severe", _("严重")


class Cause(models.TextChoices):
    PRODUCT_QUALITY = "product_quality", _("产品质量")
    SERVICE = "service", _("服务")
    PRICE = "price", _("价格")
    INTEGRITY = "integrity", _("诚信")


class Channel(models.TextChoices):
    TELEPHONE = "telephone", _("电话")
    EMAIL = "email", _("电子邮件")
    ON_SITE = "on_site", _("现场")
    OTHER = "other", _("其他")


class Behaviour(models.TextChoices):
    PASSIVE_COMPLAINING = "passive_complaining", _("消极抱怨")
    NEGATIVE_PUBLICITY = "negative_publicity", _("负面宣传")
    ANGRY_VENTING = "angry_venting", _("愤怒发泄")
    EXTREME = "extreme", _("极端激进")


class Purpose(models.TextChoices):
    SUGGESTION = "suggestion", _("建议性")
    CRITICISM = "criticism", _("批评性")
    ACCUSATION = "accusation", _("控告性")


VALUES: dict[str, type[models.TextChoices]] = {
    Axis.SEVERITY: Severity,
    Axis.CAUSE: Cause,
    Axis.CHANNEL: Channel,
    Axis.BEHAVIOUR: Behaviour,
    Axis.PURPOSE: Purpose,
}
"""What each classification may say."""


class Side(models.TextChoices):
    EMOTIONAL = "emotional", _("情感")
    RATIONAL = "rational", _("理性")


class NeedKind(models.TextChoices):
    """What the customer wants, emotional first. OTHER is only in his own words."""

    WELCOMED = "welcomed", _("受欢迎")
    TAKEN_SERIOUSLY = "taken_seriously", _("有人重视")
    HEARD = "heard", _("被认真听完")
    UNDERSTOOD = "understood", _("被理解")
    RESPECTED = "respected", _("受尊重")
    VENT = "vent", _("把气说出来")
    SOLVED = "solved", _("解决，不再发生")
    ACTION = "action", _("马上行动，说清步骤和时间")
    COMPENSATION = "compensation", _("补偿")
    PERSON_RESPONSIBLE = "person_responsible", _("追究责任人")
    OTHER = "other", _("其他")


EMOTIONAL = (
    NeedKind.WELCOMED, NeedKind.TAKEN_SERIOUSLY, NeedKind.HEARD, NeedKind.UNDERSTOOD, NeedKind.RESPECTED, NeedKind.VENT,
)  # fmt: skip
RATIONAL = (NeedKind.SOLVED, NeedKind.ACTION, NeedKind.COMPENSATION, NeedKind.PERSON_RESPONSIBLE)


class Stage(models.TextChoices):
    ACCEPT = "accept", _("接受")
    CLARIFY = "clarify", _("解释澄清")
    RESOLVE = "resolve", _("解决处理")
    FOLLOW_UP = "follow_up", _("跟踪总结")


class Source(models.TextChoices):
    """By which door it came in."""

    DESK = "desk", _("投诉台录入")
    PUBLIC = "public", _("客户自己填的")


class Limit(models.TextChoices):
    """The clocks that run."""

    ANSWER = "answer", _("首次答复")
    RESOLVE = "resolve", _("解决")


class Told(models.TextChoices):
    """Who hears of a limit that has passed."""

    SUPERVISOR = "supervisor", _("主管")
    MANAGER = "manager", _("经理")


class Approval(models.TextChoices):
    NONE = "", _("不用批")
    WAITING = "waiting", _("等批")
    APPROVED = "approved", _("批了")
    REFUSED = "refused", _("没批")


class AgreementState(models.TextChoices):
    """Where one thing we would do stands: put to the customer, taken by him, not taken, or dropped by us."""

    PROPOSED = "proposed", _("等客户点头")
    AGREED = "agreed", _("客户同意了")
    DECLINED = "declined", _("客户没同意")
    WITHDRAWN = "withdrawn", _("收回了")


class Decision(models.TextChoices):
    IMPROVE = "improve", _("要改进")
    NONE = "none", _("不改进")


class Swap(models.TextChoices):
    """易人易时易地: what is changed when it is stuck."""

    PERSON = "person", _("易人")
    TIME = "time", _("易时")
    PLACE = "place", _("易地")


class NoteKind(models.TextChoices):
    """One line of what happened. NOTE is written by hand; the others leave their own trace."""

    ENTERED = "entered", _("受理")
    NOTE = "note", _("记一笔")
    CUSTOMER = "customer", _("客户来说")
    EVIDENCE = "evidence", _("证据")
    ANSWERED = "answered", _("首次答复")
    CLASSIFIED = "classified", _("定分类")
    LINKED = "linked", _("认到卡上")
    STEP = "step", _("步骤")
    PAUSED = "paused", _("等客户，暂停计时")
    RESUMED = "resumed", _("继续计时")
    RAISED = "raised", _("改为严重")
    LOWERED = "lowered", _("改回一般")
    SWAPPED = "swapped", _("换一样")
    DEPARTMENT = "department", _("责任部门")
    CRISIS = "crisis", _("危机")
    PROPOSED = "proposed", _("拟办法")
    APPROVAL = "approval", _("补偿审批")
    AGREED = "agreed", _("客户点头")
    TOLD = "told", _("告知方案")
    CALLED_BACK = "called_back", _("回访")
    REOPENED = "reopened", _("重新打开")
    DECIDED = "decided", _("定原因")
    CLOSED = "closed", _("结案")
    ESCALATED = "escalated", _("超时上报")
    RECEIVED = "received", _("改受理时间")
    UNDONE = "undone", _("撤销")


SIDE_OF: dict[str, Side] = {**dict.fromkeys(EMOTIONAL, Side.EMOTIONAL), **dict.fromkeys(RATIONAL, Side.RATIONAL)}
"""On which of the two lists a need stands; OTHER may stand on either."""


def value_word(axis: str, value: str) -> str | Promise:
    """愤怒发泄: the word of a value of a classification; the code itself where it is none."""
    try:
        return VALUES[axis](value).label
    except ValueError:
        return value
