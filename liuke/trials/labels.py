"""The words for hold-out groups."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Arm(models.TextChoices):
    TREATED = "treated", _("联系组")
    ALONE = "alone", _("对照组")


class Came(models.TextChoices):
    """What counts as having come back; the same for both groups, whatever the playbook counts as its success.

    A deal is one that was paid for, as for a playbook's success (work.success): a service visit of amount 0 is none.
    """

    DEAL = "deal", _("到店成交")
    RENEWAL = "renewal", _("续约")


class Verdict(models.TextChoices):
    """The codes of analytics.sequential."""

    WORKS = "works", _("有效")
    DOES_NOT = "does_not", _("没效果")
    NO_DIFFERENCE = "no_difference", _("看不出差别")
    TOO_EARLY = "too_early", _("还说不准")
