"""The kinds of notices: what a person may choose between."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    TASK = "task", _("任务")
    COMPLAINT = "complaint", _("投诉")
    PROMISE = "promise", _("承诺")
    OFFER = "offer", _("优惠审批")
    HANDOVER = "handover", _("交接")
    POOL = "pool", _("公海")
    CHECK_OUT = "check_out", _("借出的卡")
    EXPORT = "export", _("导出")
    DATA = "data", _("导入、回测和洞察")
    TEAM = "team", _("带队")
    SURVEY = "survey", _("满意度")
    OTHER = "other", _("其他")


_BEGINNINGS = {
    "today": Kind.TASK,
    "import": Kind.DATA,
    "backtest": Kind.DATA,
    "insight": Kind.DATA,
    "review": Kind.TEAM,
    "debrief": Kind.TEAM,
    "supervision": Kind.TEAM,
}


def kind_of(key: str) -> Kind:
    """The kind a key belongs to, by the word before its dot.

    >>> str(kind_of("promise.broken")), str(kind_of("import.done")), str(kind_of("anything.else"))
    ('promise', 'data', 'other')
    """
    first = key.partition(".")[0]
    return _BEGINNINGS.get(first) or (Kind(first) if first in Kind.values else Kind.OTHER)
