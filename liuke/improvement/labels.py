"""The words of improvement."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Phase(models.TextChoices):
    """Where a cycle stands."""

    PLAN = "plan", _("计划")
    DO = "do", _("做")
    CHECK = "check", _("检查")
    DONE = "done", _("固化了")
    DROPPED = "dropped", _("不做了")


class Source(models.TextChoices):
    """What showed the weak point."""

    COMPLAINT = "complaint", _("投诉")
    SATISFACTION = "satisfaction", _("满意度")
    CHURN = "churn", _("流失")
    PROMISE = "promise", _("承诺")
    ANGLE = "angle", _("三角度")
    OWN = "own", _("自己发现的")


class Better(models.TextChoices):
    LOWER = "lower", _("越低越好")
    HIGHER = "higher", _("越高越好")


class Kind(models.TextChoices):
    """What a measure counts in."""

    PERCENT = "percent", _("百分比")
    POINTS = "points", _("分")
    COUNT = "count", _("件")


class Moment(models.TextChoices):
    BEFORE = "before", _("改之前")
    AFTER = "after", _("改之后")


class Standard(models.TextChoices):
    """What is done otherwise from now on."""

    PLAYBOOK = "playbook", _("打法")
    SCRIPT = "script", _("话术")
    RULE = "rule", _("规定")
    TRAINING = "training", _("培训")
    OTHER = "other", _("别的")


class Angle(models.TextChoices):
    """Who looks at the service of a unit."""

    CUSTOMER = "customer", _("客户")
    STAFF = "staff", _("一线员工")
    MYSTERY = "mystery", _("神秘顾客")


class Service(models.TextChoices):
    """Four states of service, by procedure and person."""

    INDIFFERENT = "indifferent", _("漠不关心型")
    BY_THE_BOOK = "by_book", _("按部就班型")
    FRIENDLY = "friendly", _("热情友好型")
    EXCELLENT = "excellent", _("优质服务型")
