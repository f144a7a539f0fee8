"""The words of a mailing."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Reason(models.TextChoices):
    """Why somebody of the list gets no letter; the first that holds counts, in this order."""

    SENT = "", _("收信的")
    GONE = "gone", _("去世、搬走或停业")
    LEAVE_ALONE = "leave_alone", _("写了不要打扰")
    OPTED_OUT = "opted_out", _("不要收信")
    NO_NAME = "no_name", _("不知道姓名")
    NO_ADDRESS = "no_address", _("没有地址")
    UNSEEN = "unseen", _("已转给别人")


LEFT_OUT = tuple(reason for reason in Reason if reason != Reason.SENT)
