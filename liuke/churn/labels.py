"""The words of losses, reasons and winning back."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Reason(models.TextChoices):
    """流失原因: why he went, as he told it."""

    STAFF = "staff", _("企业人员流动")
    RIVAL = "rival", _("竞争对手")
    MARKET = "market", _("市场波动")
    DETAILS = "details", _("细节疏忽")
    INTEGRITY = "integrity", _("诚信问题")
    UNFAIR = "unfair", _("不公平待遇")
    NATURAL = "natural", _("自然流失")


class Why(models.TextChoices):
    """The same loss in the six classes that the trade teaches (packs.folk, group leaving), so that the two can stand side by side."""

    DIED = "died", _("去世")
    MOVED = "moved", _("搬走")
    TASTE = "taste", _("喜好变了")
    BETTER_FIT = "better_fit", _("别处更合适")
    PRODUCT = "product", _("对产品不满意")
    INDIFFERENCE = "indifference", _("没人在意他的需求")


class Cause(models.TextChoices):
    """By what rule a customer counts as gone (codes of analytics.lifecycle)."""

    ELAPSED = "E.elapsed", _("很久没来")
    TOLD = "E.told", _("自己说不来了")
    MEMBERSHIP = "E.membership", _("退了会员，积分用完")
    MOVED = "E.moved", _("搬走")
    CLOSED = "E.closed", _("停业")
    DIED = "E.died", _("去世")


class Tier(models.TextChoices):
    """挽回的力度: how much effort a customer is worth."""

    KEY = "key", _("极力挽回")
    ORDINARY = "ordinary", _("尽力挽回")
    SMALL = "small", _("灵活处理")
    HARMFUL = "harmful", _("放弃")


class State(models.TextChoices):
    PROPOSED = "proposed", _("等着开始")
    OPEN = "open", _("在挽回")
    RETURNED = "returned", _("回来了")
    REFUSED = "refused", _("不回来")
    UNREACHABLE = "unreachable", _("联系不上")
    LET_GO = "let_go", _("放弃了")
    DROPPED = "dropped", _("不做")


RUNNING = (State.PROPOSED, State.OPEN)
OVER = (State.RETURNED, State.REFUSED, State.UNREACHABLE)
"""Ended after it was tried: what return rates count."""


class Apology(models.TextChoices):
    NONE = "none", _("不用道歉")
    OWED = "owed", _("要道歉")
    MADE = "made", _("道过歉")


class Kind(models.TextChoices):
    """What is offered to come back."""

    PRICE = "price", _("价格优惠")
    GIFT = "gift", _("赠送")
    SERVICE = "service", _("免费服务")
    MEND = "mend", _("把没做好的做好")
    MADE = "made", _("量身定做")
