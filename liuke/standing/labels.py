"""The words for what insight says of a customer."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Stage(models.TextChoices):
    ACQUISITION = "A", _("获取")
    GROWTH = "B", _("提升")
    MATURE = "C", _("成熟")
    DECLINE = "D", _("衰退")
    EXIT = "E", _("离网")


class Grade(models.TextChoices):
    A = "A", _("A 级")
    B = "B", _("B 级")
    C = "C", _("C 级")


class Attitude(models.TextChoices):
    LOYAL = "loyal", _("忠诚")
    SWITCHER = "switcher", _("品牌转移")
    NONE = "none", _("无品牌忠诚")


class CustomerType(models.TextChoices):
    MARGINAL = "marginal", _("边际客户")
    KEY = "key", _("重点客户")
    FAN = "fan", _("粉丝客户")
    POTENTIAL = "potential", _("潜力客户")
    ZOMBIE = "zombie", _("僵尸客户")
    GENERAL = "general", _("一般客户")


class SignalFamily(models.TextChoices):
    CHURN = "churn", _("流失倾向")
    GROWTH = "growth", _("价值提升")
    SERVICE = "service", _("服务关注")


class LeaveBy(models.TextChoices):
    """What a probability of leaving comes from."""

    PRIOR = "prior", _("行业包的假设")
    BAND = "band", _("同样周期数的老客户")
    BGNBD = "bgnbd", _("BG/NBD 模型")
    MBGNBD = "mbgnbd", _("MBG/NBD 模型")
    PARETONBD = "paretonbd", _("Pareto/NBD 模型")
    ADDITIVE = "additive", _("按过往结果学出来的模型")
    PERSON = "person", _("人工判断")
