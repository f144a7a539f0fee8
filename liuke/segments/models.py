from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from liuke.team.models import Unit, User
from liuke.vault.fields import SealedTextField


class SavedView(models.Model):
    """保存的视图: a list's filters and order, kept under a name by the one who made it. The filters are the address itself."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name=_("谁的"))
    name = models.CharField(_("名称"), max_length=40)
    query = SealedTextField(_("条件"), max_length=1000)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("保存的视图")
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="view_name_once")]

    def __str__(self) -> str:
        return self.name


class Shared(models.TextChoices):
    """Who else may use a segment. Whoever uses it finds only customers that he may see."""

    NONE = "none", _("只有我")
    UNIT = "unit", _("我这个单位")
    ALL = "all", _("全公司")


class Segment(models.Model):
    """分组: customers by conditions, under a name. The conditions are kept (segments.conditions), never the customers.

    `unit` is the unit whose people share it while `shared` is unit. A draft is what somebody looks at before he keeps it; the newest few of
    each person stay. `before` is what the last change replaced, so that it can be taken back.
    """

    name = models.CharField(_("名称"), max_length=40, blank=True)
    conditions = models.JSONField(_("条件"))
    owner = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("谁的"))
    shared = models.CharField(_("给谁用"), max_length=4, choices=Shared, default=Shared.NONE)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", verbose_name=_("单位"))
    draft = models.BooleanField(_("没存的"), default=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    before = models.JSONField(null=True, editable=False)
    archived_at = models.DateTimeField(_("收起时间"), null=True)
    made_at = models.DateTimeField(_("建的时间"), auto_now_add=True)
    changed_at = models.DateTimeField(_("改的时间"), auto_now=True)

    class Meta:
        verbose_name = _("分组")
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], condition=Q(archived_at=None, draft=False), name="segment_name_once"),
        ]
        indexes = [models.Index(fields=["shared", "archived_at"], name="segment_shared")]

    def __str__(self) -> str:
        return self.name
