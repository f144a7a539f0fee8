"""Words of sending: ways out of the house, what is sent, how far it is, and why it did not go."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ChannelKind(models.TextChoices):
    MAIL = "mail", _("电子邮件")
    WECOM = "wecom", _("企业微信群")
    DINGTALK = "dingtalk", _("钉钉群")
    FEISHU = "feishu", _("飞书群")


class DeliveryKind(models.TextChoices):
    URGENT = "urgent", _("不能等的事")
    DIGEST = "digest", _("每天一次的小结")
    LETTER = "letter", _("每周一封信")
    TEST = "test", _("试发")


class DeliveryState(models.TextChoices):
    WAITING = "waiting", _("等着发")
    SENDING = "sending", _("正在发")
    SENT = "sent", _("发出去了")
    GIVEN_UP = "given_up", _("没发成")


FAULTS = {
    "timeout": _("对方太久没有回答"),
    "unknown_host": _("找不到这个网址的主机"),
    "inside": _("网址指向公司内部，没有发"),
    "refused": _("连不上对方"),
    "tls": _("对方的证书不对，没有发"),
    "cut_off": _("对方答了一半就断了"),
    "answer": _("对方的回答看不懂"),
    "redirect": _("对方让改去别的网址，没有跟去"),
    "http": _("对方回了错误 %(number)s"),
    "key": _("网址里的钥匙对方不认，请重新复制"),
    "sign": _("加签的密钥不对，或者这台机器的钟不准"),
    "keyword": _("机器人要求的关键词不在消息里，请加上“留客”"),
    "address": _("对方只许它认得的 IP 地址"),
    "often": _("发得太勤，对方让等一等"),
    "vendor": _("对方没有收，错误码 %(number)s"),
    "mail_login": _("邮件服务器不让登录"),
    "mail_recipient": _("邮件服务器不收这个邮箱"),
    "mail": _("邮件服务器没有收"),
    "mail_none": _("还没有设邮件服务器"),
    "no_address": _("他没有填邮箱，或者已经离职"),
    "unreadable": _("存着的网址打不开，请重新填"),
    "stale": _("一天没有发成，不再发了"),
    "lost": _("发到一半机器停了，会再发一次"),
    "error": _("程序出了错，原因在日志里"),
}
"""Why a message did not go: a code, never what the other side wrote, so that no secret is shown. %(number)s is its number."""
