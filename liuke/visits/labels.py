"""The words for visits."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class PlanState(models.TextChoices):
    DRAFT = "draft", _("草稿")
    SET = "set", _("排定了")


class VisitState(models.TextChoices):
    DRAFT = "draft", _("草稿")
    PLANNED = "planned", _("要去")
    STARTED = "started", _("在路上")
    ARRIVED = "arrived", _("到了")
    DONE = "done", _("去过了")
    DROPPED = "dropped", _("不去了")


OPEN = (VisitState.DRAFT, VisitState.PLANNED, VisitState.STARTED, VisitState.ARRIVED)
"""Still to be made."""
AHEAD = (VisitState.DRAFT, VisitState.PLANNED)
"""Not begun."""
UNDER_WAY = (VisitState.STARTED, VisitState.ARRIVED)


class Dropped(models.TextChoices):
    """Why a visit is not made."""

    BY_HAND = "hand", _("您去掉的")
    MOVED = "moved", _("客户换了人负责")
    ERASED = "erased", _("客户的个人信息已经删除")
    UNSEEN = "unseen", _("客户已经不归您看")
    QUIET = "quiet", _("客户请您不要打扰")
    STOPPED = "stopped", _("这件事不用做了")
    UNDONE = "undone", _("上一次的结果撤销了")
    TAKEN = "taken", _("同事那周已经排了这位客户")
    BUDGET = "budget", _("近 30 天已联系满")


class Came(models.TextChoices):
    """结果 of a visit, in the words of the road; the codes are those of interactions.Outcome."""

    REACHED = "reached", _("见到了")
    NOT_REACHED = "not_reached", _("没见到")
    DEAL = "deal", pgettext_lazy("结果", "成交")
    REFUSED = "refused", _("婉拒")
    LATER = "later", _("改天")
