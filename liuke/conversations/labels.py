"""The words for conversations and needs."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Scenario(models.TextChoices):
    """The five kinds of conversation (3-action, 维系挽留四步法); the codes are those of packs.playbook.Scenario."""

    GENERAL = "general", _("通用")
    COMPLAINT = "complaint", _("抱怨投诉")
    CARE = "care", _("日常关怀")
    OFFER = "offer", _("主动营销")
    RETENTION = "retention", _("挽留")


class Chance(models.TextChoices):
    """Did I see a chance to serve? Asked at the end of each contact."""

    YES = "yes", _("看到了")
    NO = "no", _("没看到")


class NeedKind(models.TextChoices):
    STATED = "stated", _("显性需求")
    UNSTATED = "unstated", _("隐性需求")


class NeedState(models.TextChoices):
    OPEN = "open", _("还没满足")
    MET = "met", _("满足了")
    DECLINED = "declined", _("客户不要了")
