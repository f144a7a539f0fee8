from django.db import models
from django.utils.translation import gettext_lazy as _

from liuke.customers.models import Customer
from liuke.privacy.labels import RequestKind, RuleKey, Source
from liuke.team.models import User
from liuke.vault.fields import SealedTextField


class Consent(models.Model):
    """同意: a customer's word on one purpose (a key of the pack), given or withdrawn, with how and when he said it. Never edited: of a
    purpose's rows that were not taken back the one said last counts, of one day the one written down last."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", verbose_name=_("客户"))
    purpose = models.CharField(_("事项"), max_length=30)
    given = models.BooleanField(_("同意"))
    source = models.CharField(_("怎么说的"), max_length=10, choices=Source)
    on = models.DateField(_("哪天说的"))
    note = SealedTextField(_("说明"), max_length=200, blank=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁记的"))
    at = models.DateTimeField(_("记下时间"), auto_now_add=True)
    undone_at = models.DateTimeField(_("撤销时间"), null=True)

    class Meta:
        verbose_name = _("同意")
        indexes = [models.Index(fields=["customer", "purpose", "-on", "-id"], name="consent_customer")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.on}"


class PersonalRequest(models.Model):
    """个人信息请求: a person's own data given out as a file, or erased; who did it, what for, and what it came to (`counts`)."""

    kind = models.CharField(_("类别"), max_length=8, choices=RequestKind)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", verbose_name=_("客户"))
    reason = SealedTextField(_("原因"), max_length=200)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("谁做的"))
    at = models.DateTimeField(_("时间"), auto_now_add=True)
    counts = models.JSONField(_("结果"), default=dict)

    class Meta:
        verbose_name = _("个人信息请求")
        constraints = [models.UniqueConstraint(fields=["customer"], condition=models.Q(kind=RequestKind.ERASURE), name="erased_once")]
        indexes = [models.Index(fields=["-at"], name="personal_request_newest")]

    def __str__(self) -> str:
        return f"{self.kind} {self.customer_id}"


class RetentionRule(models.Model):
    """保存期限: the company's own days for something, or that it is not dropped at all. Without a row the pack's days hold."""

    key = models.CharField(_("类别"), max_length=30, choices=RuleKey, primary_key=True)
    days = models.PositiveIntegerField(_("天数"))
    on = models.BooleanField(_("执行"), default=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁改的"))
    at = models.DateTimeField(_("改的时间"), auto_now=True)

    class Meta:
        verbose_name = _("保存期限")

    def __str__(self) -> str:
        return self.key


class RetentionRun(models.Model):
    """保存期限执行: one nightly run: how many rows each rule dropped (`counts`), and how many customers are proposed for erasure."""

    at = models.DateTimeField(_("时间"), auto_now_add=True)
    counts = models.JSONField(_("结果"), default=dict)

    class Meta:
        verbose_name = _("保存期限执行")
        indexes = [models.Index(fields=["-at"], name="retention_run_newest")]

    def __str__(self) -> str:
        return f"{self.at}"
