from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from liuke.custody.labels import Encoding, ExportState, FileFormat
from liuke.customers.models import Customer
from liuke.team.models import Unit, User
from liuke.team.permissions import may
from liuke.vault.fields import SealedJSONField, SealedTextField


class CheckOut(models.Model):
    """借阅: a card taken out for a stated purpose; the clear phone number is open to the borrower until it ends or is returned."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", verbose_name=_("客户"))
    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("借阅人"))
    purpose = models.CharField(_("用途"), max_length=200)
    at = models.DateTimeField(_("借出时间"))
    until = models.DateTimeField(_("应还时间"))
    returned_at = models.DateTimeField(_("归还时间"), null=True)

    class Meta:
        verbose_name = _("借阅")
        indexes = [
            models.Index(fields=["user", "customer", "until"], name="check_out_open"),
            models.Index(fields=["customer", "-at"], name="check_out_card"),
            models.Index(fields=["until"], condition=models.Q(returned_at__isnull=True), name="check_out_late"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}"


class NumberSearch(models.Model):
    """按号码找: how often somebody looked for telephone numbers within an hour, so that nobody tries them through one by one."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name=_("谁"))
    hour = models.DateTimeField(_("哪个小时"))
    times = models.PositiveIntegerField(_("次数"), default=0)

    class Meta:
        verbose_name = _("按号码找")
        constraints = [models.UniqueConstraint(fields=["user", "hour"], name="number_search_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.hour}"


class ExportQuerySet(models.QuerySet["Export"]):
    def visible_to(self, user: User) -> Self:
        """One's own; for who may say yes to exports also those of everybody whose sight lies within the own."""
        mine = models.Q(actor=user)
        unit = user.scope_unit
        if not user.is_active or not may(user, "export.approve") or unit is None:
            return self.filter(mine)
        return self.filter(mine | models.Q(unit__path__startswith=unit.path))


class Export(models.Model):
    """导出: one list on its way out as a file. waiting → approved → making → ready → expired; refused, failed, dropped.

    `query` is the list's own address query, `conditions` the same in words with long numbers covered; `unit` the root of the asker's sight
    when he asked, `sight` his role and sight when the file was made: with other rights it cannot be fetched. `rows` as counted when it was
    asked for, `agreed` those somebody said yes to, `made_rows` those in the file. `stored`: a name nobody can guess.
    """

    actor = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("谁要的"))
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", verbose_name=_("范围"))
    listing = models.CharField(_("名单"), max_length=40)
    query = SealedTextField(_("条件"), default="", blank=True)
    conditions = SealedJSONField(_("条件说明"), default=list)
    columns = models.JSONField(_("列"), default=list)
    format = models.CharField(_("格式"), max_length=4, choices=FileFormat)
    encoding = models.CharField(_("编码"), max_length=8, choices=Encoding, default=Encoding.UTF8)
    clear = models.BooleanField(_("全号"), default=False)
    purpose = SealedTextField(_("用途"))
    rows = models.PositiveIntegerField(_("行数"))
    state = models.CharField(_("状态"), max_length=8, choices=ExportState)
    asked_at = models.DateTimeField(_("什么时候要的"))
    agreed = models.PositiveIntegerField(_("批准的行数"), null=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁批的"))
    decided_at = models.DateTimeField(_("什么时候批的"), null=True)
    reason = SealedTextField(_("原因"), default="", blank=True)
    stored = models.CharField(max_length=80, blank=True, editable=False)
    sight = models.CharField(max_length=300, blank=True, editable=False)
    done = models.PositiveIntegerField(_("已写"), default=0)
    made_rows = models.PositiveIntegerField(_("文件行数"), null=True)
    made_at = models.DateTimeField(_("做好的时间"), null=True)
    expires_at = models.DateTimeField(_("下载到"), null=True)
    downloads = models.PositiveIntegerField(_("下载次数"), default=0)
    failure = models.CharField(_("没做成的原因"), max_length=60, blank=True)
    language = models.CharField(max_length=12, blank=True, editable=False)

    objects = ExportQuerySet.as_manager()

    class Meta:
        verbose_name = _("导出")
        indexes = [
            models.Index(fields=["actor", "-id"], name="export_actor"),
            models.Index(fields=["state", "asked_at"], name="export_state"),
        ]

    def __str__(self) -> str:
        return f"{self.listing} {self.pk}"
