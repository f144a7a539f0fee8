"""The words for a promise: how it stands, and what somebody above had to say about its cost."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    """Every promise is in one of these, so that they add up: nothing that was promised is ever lost."""

    OPEN = "open", _("还没办")
    KEPT = "kept", _("按时办了")
    LATE = "late", _("办晚了")
    BROKEN = "broken", _("没兑现")
    RENEGOTIATED = "moved", _("客户同意改期")
    WITHDRAWN = "dropped", _("不用办了")


class Approval(models.TextChoices):
    NONE = "", _("不用批")
    WAITING = "waiting", _("等批")
    APPROVED = "approved", _("批了")
    REFUSED = "refused", _("没批")
