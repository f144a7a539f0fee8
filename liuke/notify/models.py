from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from liuke.notify.labels import ChannelKind, DeliveryKind, DeliveryState
from liuke.team.models import Unit, User
from liuke.vault.fields import SealedTextField


class Channel(models.Model):
    """发送渠道: one way out of the house: the company's mail, or the robot of one group chat. Address and key of a robot are sealed.

    A group hears of the people of `unit` (none: everybody): names of colleagues and counts, nothing of customers. `rest_until`: left alone
    after failures, so that one that hangs holds up nobody.
    """

    kind = models.CharField(_("哪一种"), max_length=10, choices=ChannelKind)
    name = models.CharField(_("名称"), max_length=60)
    url = SealedTextField(_("地址"), blank=True)
    secret = SealedTextField(_("密钥"), blank=True)
    host = models.CharField(_("主机"), max_length=255, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", verbose_name=_("单位"))
    urgent = models.BooleanField(_("不能等的事"), default=True)
    digest = models.BooleanField(_("每天一次的小结"), default=True)
    letter = models.BooleanField(_("每周一封信"), default=False)
    on = models.BooleanField(_("开着"), default=True)
    failures = models.PositiveIntegerField(_("连着几次没发成"), default=0)
    rest_until = models.DateTimeField(_("歇到"), null=True)
    made_at = models.DateTimeField(_("什么时候加的"), auto_now_add=True)

    class Meta:
        verbose_name = _("发送渠道")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["kind"], condition=Q(kind=ChannelKind.MAIL), name="channel_mail_once")]

    def __str__(self) -> str:
        return self.name


class Delivery(models.Model):
    """待发消息: one message that is to leave the house by one channel, once. `key` says what it is, so that it is written once only.

    Its text names counts and colleagues. `user`: whom a mail is for. `any_hour`: a clock runs, or somebody looks on. `claimed_by`: the
    sender who holds it now. `error`: code of the last fault (labels.FAULTS), `number` what the other side called it.
    """

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="+", verbose_name=_("渠道"))
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="+", verbose_name=_("收件人"))
    kind = models.CharField(_("发什么"), max_length=10, choices=DeliveryKind)
    key = models.CharField(_("哪一封"), max_length=80, unique=True)
    title = models.CharField(_("标题"), max_length=120)
    lines = models.JSONField(_("正文"), default=list)
    link = models.CharField(_("网页"), max_length=200, blank=True)
    any_hour = models.BooleanField(_("随时发"), default=False)
    state = models.CharField(_("状态"), max_length=10, choices=DeliveryState, default=DeliveryState.WAITING)
    tries = models.PositiveSmallIntegerField(_("试了几次"), default=0)
    next_at = models.DateTimeField(_("下次什么时候发"))
    claimed_by = models.CharField(_("谁在发"), max_length=32, blank=True)
    claimed_at = models.DateTimeField(_("什么时候开始发"), null=True)
    error = models.CharField(_("没发成的原因"), max_length=20, blank=True)
    number = models.CharField(_("错误码"), max_length=20, blank=True)
    made_at = models.DateTimeField(_("写下的时间"))
    sent_at = models.DateTimeField(_("发出的时间"), null=True)

    class Meta:
        verbose_name = _("待发消息")
        indexes = [
            models.Index(fields=["next_at"], condition=Q(state=DeliveryState.WAITING), name="delivery_due"),
            models.Index(fields=["claimed_at"], condition=Q(state=DeliveryState.SENDING), name="delivery_held"),
            models.Index(fields=["channel", "-made_at"], name="delivery_newest"),
            models.Index(fields=["made_at"], name="delivery_made"),
        ]

    def __str__(self) -> str:
        return self.key
