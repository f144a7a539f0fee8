from django.db import models
from django.utils.translation import gettext_lazy as _


class Schedule(models.Model):
    """时间表: when one entry of the timetable is next due. Claimed by a conditional update, so two schedulers enqueue it once."""

    name = models.CharField(_("名称"), max_length=40, primary_key=True)
    due_at = models.DateTimeField(_("下次时间"))

    class Meta:
        verbose_name = _("时间表")

    def __str__(self) -> str:
        return self.name
