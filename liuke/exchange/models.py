from __future__ import annotations

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from liuke.exchange.labels import DatasetKind, State
from liuke.team.labels import Role
from liuke.team.models import User
from liuke.vault.fields import SealedJSONField


class LoadQuerySet(models.QuerySet["Load"]):
    def visible_to(self, user: User) -> Self:
        """A load is seen by who made it, by the custodian and the operations centre, who answer for the data, and by the manager."""
        return self if user.role in (Role.CUSTODIAN, Role.ANALYST, Role.MANAGER) else self.filter(actor=user)


class Load(models.Model):
    """导入: one file brought in. uploaded → checked → loading → loaded → undone; failed where the file cannot be used.

    The file lies in the data folder under a name nobody can guess (`stored`). `mapping` is heading → field code; `counts` what the
    dry run or the load found; `reasons` code → number of rows; `warnings` a list of [code, slots].
    """

    dataset = models.CharField(_("类别"), max_length=16, choices=DatasetKind)
    name = models.CharField(_("文件名"), max_length=255)
    stored = models.CharField(max_length=80, editable=False)
    sha256 = models.CharField(max_length=64, editable=False)
    size = models.BigIntegerField(_("大小"))
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.UPLOADED)
    signature = models.CharField(max_length=64, blank=True, editable=False)
    mapping = models.JSONField(_("列对应"), default=dict)
    options = models.JSONField(_("选项"), default=dict)
    counts = models.JSONField(_("结果"), default=dict)
    reasons = models.JSONField(_("不能导入的原因"), default=dict)
    warnings = models.JSONField(_("提醒"), default=list)
    done = models.PositiveIntegerField(_("已处理"), default=0)
    failure = models.CharField(_("没有成功的原因"), max_length=500, blank=True)
    actor = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁"))
    created_at = models.DateTimeField(_("上传时间"), auto_now_add=True)
    loaded_at = models.DateTimeField(_("导入时间"), null=True)
    undone_at = models.DateTimeField(_("撤销时间"), null=True)

    objects = LoadQuerySet.as_manager()

    class Meta:
        verbose_name = _("导入")
        indexes = [
            models.Index(fields=["state"], name="load_state"),
            models.Index(fields=["dataset", "signature"], name="load_signature"),
            models.Index(fields=["actor", "-created_at"], name="load_actor"),
        ]

    def __str__(self) -> str:
        return self.name


class LoadRow(models.Model):
    """导入明细: one row on file that a load changed: what it was before, and its version after, so that it can be put back.

    Rows that a load created carry its number themselves (`load_id`), and have version 1 until somebody changes them.
    """

    load = models.ForeignKey(Load, models.CASCADE, related_name="rows")
    kind = models.CharField(max_length=16)
    object_id = models.BigIntegerField()
    version = models.PositiveIntegerField()
    before = SealedJSONField(default=dict)

    class Meta:
        verbose_name = _("导入明细")
        indexes = [models.Index(fields=["load", "kind"], name="load_row")]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"
