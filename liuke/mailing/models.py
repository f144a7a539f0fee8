from __future__ import annotations

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from liuke.custody.models import Export
from liuke.customers.models import Customer
from liuke.mailing.labels import Reason
from liuke.mailing.rules import NAME, TITLE
from liuke.team.models import User


class Letter(models.Model):
    """信: a text with slots that somebody keeps for the next time."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name=_("谁的"))
    name = models.CharField(_("名称"), max_length=NAME)
    title = models.CharField(_("标题"), max_length=TITLE, blank=True)
    body = models.TextField(_("正文"))
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("信")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="letter_name_once")]

    def __str__(self) -> str:
        return self.name


class MailingQuerySet(models.QuerySet["Mailing"]):
    def visible_to(self, user: User) -> Self:
        """One's own, and those whose files one may say yes or no to."""
        return self.filter(export__in=Export.objects.visible_to(user))


class Mailing(models.Model):
    """邮寄: one run of a letter over a list. Who asked, the list's conditions, the yes and the file are those of its export.

    `left_out`: how many were left out, by reason (labels.Reason). `phone` fills the slot of the salesperson's number.
    """

    export = models.OneToOneField(Export, models.PROTECT, related_name="+", verbose_name=_("导出"))
    name = models.CharField(_("信的名称"), max_length=NAME)
    title = models.CharField(_("标题"), max_length=TITLE, blank=True)
    body = models.TextField(_("正文"))
    phone = models.CharField(_("信里的电话"), max_length=40, blank=True)
    letters = models.PositiveIntegerField(_("封数"))
    left_out = models.JSONField(_("没寄的"), default=dict)

    objects = MailingQuerySet.as_manager()

    class Meta:
        verbose_name = _("邮寄")

    def __str__(self) -> str:
        return f"{self.name} {self.pk}"


class MailingRow(models.Model):
    """邮寄明细: one customer of a run: he got a letter (no reason), or why not."""

    mailing = models.ForeignKey(Mailing, models.CASCADE, related_name="rows")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", verbose_name=_("客户"))
    position = models.PositiveIntegerField()
    reason = models.CharField(_("为什么没寄"), max_length=12, choices=Reason, blank=True)

    class Meta:
        verbose_name = _("邮寄明细")
        indexes = [
            models.Index(fields=["mailing", "reason", "position"], name="mailing_row"),
            models.Index(fields=["customer"], name="mailing_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}"
