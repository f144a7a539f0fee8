from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from liuke.customers.models import Customer
from liuke.team.models import User


class NoticeQuerySet(models.QuerySet["Notice"]):
    def unread(self) -> NoticeQuerySet:
        return self.filter(read_at__isnull=True)


class Notice(models.Model):
    """通知: something one member of staff is to be told. Its sentence is made from `key` and `slots` when read, in the reader's language.

    `slots` hold figures and names, never a number, an address or free text; what names a customer says which one (`customer`), so that
    it goes with him. `about` says what it is of: while it is unread, the same is not told again, only anew.
    `sent_on_at`: when it was taken up to be told outside the house, or left out of that (notify).
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name=_("告诉谁"))
    key = models.CharField(_("哪一种"), max_length=40)
    customer = models.ForeignKey(Customer, models.CASCADE, null=True, related_name="+", verbose_name=_("客户"))
    about = models.CharField(_("关于"), max_length=60, blank=True)
    slots = models.JSONField(_("内容"), default=dict)
    link = models.CharField(_("地址"), max_length=200, blank=True)
    urgent = models.BooleanField(_("不能等"), default=False)
    at = models.DateTimeField(_("时间"))
    read_at = models.DateTimeField(_("看过"), null=True)
    sent_on_at = models.DateTimeField(_("送出去的时间"), null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("通知")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "key", "about"], condition=Q(read_at__isnull=True) & ~Q(about=""), name="notice_unread_once"
            )
        ]
        indexes = [
            models.Index(fields=["user", "-at"], name="notice_user"),
            models.Index(fields=["at"], name="notice_at"),
            models.Index(fields=["user"], condition=Q(read_at__isnull=True), name="notice_unread"),
            models.Index(fields=["at"], condition=Q(sent_on_at__isnull=True), name="notice_to_send"),
        ]

    def __str__(self) -> str:
        return self.key
