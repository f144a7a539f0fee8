from django.db import models
from django.utils.translation import gettext_lazy as _

from liuke.team.models import User


class SavedView(models.Model):
    """保存的视图: a list's filters and order, kept under a name by the one who made it. The filters are the address itself."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name=_("谁的"))
    name = models.CharField(_("名称"), max_length=40)
    query = models.CharField(_("条件"), max_length=1000)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("保存的视图")
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="view_name_once")]

    def __str__(self) -> str:
        return self.name
