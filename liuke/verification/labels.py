"""The words for checking cards with the customers themselves."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    WAITING = "waiting", _("还没核")
    DONE = "done", _("核过了")
    UNREACHED = "unreached", _("没联系上")


class Answer(models.TextChoices):
    """What a call said of one field. `changed`: not right, and put right on the card by the customer's word."""

    RIGHT = "right", _("对")
    WRONG = "wrong", _("不对")
    CHANGED = "changed", _("不对，改了")
    UNREACHED = "unreached", _("没问到")


CHECKED = (Answer.RIGHT, Answer.WRONG, Answer.CHANGED)
"""Answers that count in the accuracy."""
