"""Which model of confirmed cases reads beside the rules."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ComplaintModel(models.Model):
    """投诉学习: a small model of confirmed cases, made once a month (analytics.complaint_words.learned). The newest is used, on the axes
    where it was better than the rules on cases it had not seen; its figures tell all five. Holds hashes of characters, no words.
    """

    made_at = models.DateTimeField(_("什么时候学的"))
    cases = models.PositiveIntegerField(_("确认过的投诉"))
    figures = models.JSONField(_("对没见过的说对多少"))
    weights = models.BinaryField(editable=False)

    class Meta:
        verbose_name = _("投诉学习")
        indexes = [models.Index(fields=["-made_at"], name="complaint_model_newest")]

    def __str__(self) -> str:
        return f"{self.made_at:%Y-%m-%d}"
