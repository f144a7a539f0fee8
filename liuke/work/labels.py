"""The words for the day's work."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class TaskKind(models.TextChoices):
    PLAYBOOK = "playbook", _("打法")
    PROMISE = "promise", _("承诺")
    HAND_OVER = "handover", _("接手")
    CARE = "care", _("关怀")
    VISIT = "visit", _("拜访")
    NEXT = "next", _("下次联系")
    COMPLAINT = "complain", _("投诉")
    SURVEY = "survey", _("低分回访")
    WIN_BACK = "winback", _("挽回")


class Level(models.TextChoices):
    """扁鹊四层: how far gone the customer was when he was taken up (2-insight)."""

    BEFORE = "before", _("防患未然")
    FIRST_SIGN = "sign", _("防微杜渐")
    LOSS_BEGAN = "loss", _("亡羊补牢")
    BEYOND = "beyond", _("病入膏肓")


class TaskState(models.TextChoices):
    OPEN = "open", _("要做")
    DONE = "done", _("做了")
    STOPPED = "stopped", _("不用做了")


class Ended(models.TextChoices):
    """Why a playbook ended for a customer, or a task was stopped without an outcome."""

    DONE = "done", _("做完了")
    DEAL = "deal", _("成交了")
    REFUSED = "refused", _("客户婉拒")
    ATTEMPTS = "attempts", _("打够次数没接")
    TIMEOUT = "timeout", _("时间到了")
    SIGNAL = "signal", _("原因没有了")
    STRONGER = "stronger", _("有更要紧的事")
    DO_NOT_CONTACT = "quiet", _("客户请您不要打扰")
    PACK = "pack", _("行业包里没有这个打法了")
    UNDONE = "undone", _("撤销了")
    MOVED = "moved", _("客户换了人负责")
    SUCCESS = "success", _("成了")
    CANCELLED = "cancelled", _("取消了")


class OfferState(models.TextChoices):
    """Where something that is to be given stands."""

    ASKED = "asked", _("等批")
    AGREED = "agreed", _("可以给")
    REFUSED = "refused", _("没有批")
    WITHDRAWN = "withdrawn", _("不要了")


class LeftWhy(models.TextChoices):
    """Why a task that is due is left for another day."""

    CUT = "cut", _("今天排不下")
    NO_ROOM = "no_room", _("比一整天还长")
    CONTACTED = "contacted", _("近 30 天已联系满")
    HOLIDAY = "holiday", _("过节不打扰")
    LATER = "later", _("客户请您改天")
    DO_NOT_CONTACT = "do_not_contact", _("客户请您不要打扰")
    INTRODUCE = "introduce", _("先说一声换了人")
    VISIT = "visit", _("这几天要上门")
