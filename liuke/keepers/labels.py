"""The words for the pool and for hand-overs."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Why(models.TextChoices):
    """Why a customer is in the pool, or on the way there."""

    SILENT = "silent", _("很久没联系")
    NO_OWNER = "no_owner", _("没有业务员")
    OWNER_LEFT = "owner_left", _("业务员离职")
    GIVEN_BACK = "given_back", _("退回来的")


class LeftWhy(models.TextChoices):
    """How a warning ended, or a customer left the pool."""

    CLAIMED = "claimed", _("认领了")
    ASSIGNED = "assigned", _("主管分派了")
    CONTACTED = "contacted", _("联系过了")
    KEPT = "kept", _("有人负责了")
    KEY = "key", _("是大客户")
    HELD = "held", _("有承诺、投诉，或主管留下了")
    UNDONE = "undone", _("撤销了")


class HandOverKind(models.TextChoices):
    COVER = "cover", _("代管")
    FOR_GOOD = "for_good", _("交接")


class Split(models.TextChoices):
    """How cards are shared out among several."""

    EVEN = "even", _("按风险金额平分")
    UNIT = "unit", _("先给同店的人")
