"""The words for hold-out groups."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Arm(models.TextChoices):
    TREATED = "treated", _("联系组")
    ALONE = "alone", _("对照组")
