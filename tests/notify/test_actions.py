"""The administrator's verbs: refused by name, nothing changed; on the log without a secret."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from liuke.audit.models import AuditEntry
from liuke.kernel.refusal import Refused
from liuke.notify import actions
from liuke.notify.actions import Wanted
from liuke.notify.models import Channel, Delivery
from liuke.notify.queries import ways
from liuke.site.mail import mail_server
from tests.cast import Cast
from tests.notify.conftest import NOON

URL = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=SECRETKEY"


def refused(code: str, act: Any) -> None:
    before = list(Channel.objects.values_list()), list(Delivery.objects.values_list()), AuditEntry.objects.count()
    with pytest.raises(Refused) as caught:
        act()
    assert caught.value.code == code
    assert before == (list(Channel.objects.values_list()), list(Delivery.objects.values_list()), AuditEntry.objects.count())


@pytest.fixture
def way(cast: Cast) -> Channel:
    return actions.add_channel(cast.root, "wecom", Wanted("主管群", URL, unit=cast.east))


def test_a_channel_is_added_and_changed(cast: Cast, way: Channel) -> None:
    assert (way.url, way.host, way.secret, way.unit, way.on) == (URL, "qyapi.weixin.qq.com", "", cast.east, True)
    changed = actions.change_channel(cast.root, way.pk, Wanted("华东群", letter=True, urgent=False))
    assert (changed.url, changed.name, changed.unit, changed.letter, changed.urgent) == (URL, "华东群", None, True, False)
    assert actions.change_channel(cast.root, way.pk, Wanted("华东群", secret="SECRETSIGN")).secret == "SECRETSIGN"
    assert actions.change_channel(cast.root, way.pk, Wanted("华东群")).secret == "SECRETSIGN"
    assert actions.change_channel(cast.root, way.pk, Wanted("华东群", no_secret=True)).secret == ""
    entries = AuditEntry.objects.filter(kind="notify.channel")
    assert [entry.verb for entry in entries.order_by("seq")] == ["channel.add", *["channel.change"] * 4]
    assert "SECRET" not in str(list(entries.values_list("detail", flat=True)))


def test_what_is_refused(cast: Cast, way: Channel, settings: Any) -> None:
    good = Wanted("群", URL)
    for user in (cast.zhao, cast.chen, cast.fang):
        refused("permission", lambda user=user: actions.add_channel(user, "wecom", good))
        refused("permission", lambda user=user: actions.switch(user, way.pk, False))
        refused("permission", lambda user=user: actions.test(user, way.pk))
    refused("channel.kind", lambda: actions.add_channel(cast.root, "sms", good))
    refused("channel.name", lambda: actions.add_channel(cast.root, "wecom", Wanted(" ", URL)))
    refused("channel.url", lambda: actions.add_channel(cast.root, "wecom", Wanted("群")))
    refused("channel.other", lambda: actions.add_channel(cast.root, "feishu", good))
    refused("channel.https", lambda: actions.change_channel(cast.root, way.pk, Wanted("群", URL.replace("https", "http"))))
    refused("channel.secret", lambda: actions.change_channel(cast.root, way.pk, Wanted("群", secret="密钥")))
    refused("channel.secret", lambda: actions.change_channel(cast.root, way.pk, Wanted("群", secret="x" * 201)))
    with pytest.raises(Channel.DoesNotExist):
        actions.switch(cast.root, 987_654_321, True)
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", ""
    refused("channel.no_server", lambda: actions.add_channel(cast.root, "mail", Wanted("邮件")))
    settings.EMAIL_HOST = "smtp.example.com"
    post = actions.add_channel(cast.root, "mail", Wanted("邮件"))
    refused("channel.mail_once", lambda: actions.add_channel(cast.root, "mail", Wanted("邮件")))
    refused("channel.own_address", lambda: actions.test(cast.root, post.pk))


def test_off_and_on(cast: Cast, way: Channel) -> None:
    assert not actions.switch(cast.root, way.pk, False).on and not actions.switch(cast.root, way.pk, False).on
    refused("channel.is_off", lambda: actions.test(cast.root, way.pk))
    assert actions.switch(cast.root, way.pk, True).on
    verbs = AuditEntry.objects.order_by("seq").values_list("verb", flat=True)
    assert list(verbs) == ["channel.add", "channel.off", "channel.on"]


def test_a_trial_and_once_more(cast: Cast, way: Channel) -> None:
    Channel.objects.update(rest_until=NOON + timedelta(hours=1))
    made = actions.test(cast.root, way.pk)
    assert (made.kind, made.state, made.any_hour, made.user) == ("test", "waiting", True, None)
    assert Channel.objects.get().rest_until is None
    refused("delivery.not_given_up", lambda: actions.again(cast.root, made.pk))
    Delivery.objects.update(state="given_up", tries=8, error="timeout")
    again = actions.again(cast.root, made.pk)
    assert (again.state, again.tries, again.error) == ("waiting", 0, "")
    refused("delivery.not_given_up", lambda: actions.again(cast.root, made.pk))
    Delivery.objects.update(state="sent")
    refused("delivery.not_given_up", lambda: actions.again(cast.root, made.pk))


def test_the_list_reads_no_address(cast: Cast, way: Channel, django_assert_num_queries: Any) -> None:
    actions.test(cast.root, way.pk)
    with django_assert_num_queries(2):
        [line] = ways()
    assert (line.name, line.host, line.unit, line.tells, line.waiting, line.untried) == (
        "主管群", "qyapi.weixin.qq.com", "华东区", ("urgent", "digest"), 1, False,
    )  # fmt: skip


def test_old_messages_are_dropped(cast: Cast, way: Channel) -> None:
    made = actions.test(cast.root, way.pk)
    Delivery.objects.update(made_at=NOON - timedelta(days=90))
    assert actions.forget(NOON) == 0 and actions.forget(NOON + timedelta(seconds=1)) == 1
    assert not Delivery.objects.filter(pk=made.pk).exists()


def test_the_mail_server_from_one_address() -> None:
    made = mail_server("smtps://post%40example.com:p%40ss@smtp.example.com")
    assert [made[f"EMAIL_{name}"] for name in ("HOST", "PORT", "HOST_USER", "HOST_PASSWORD", "USE_SSL", "USE_TLS")] == [
        "smtp.example.com", 465, "post@example.com", "p@ss", True, False,
    ]  # fmt: skip
    assert made["DEFAULT_FROM_EMAIL"] == "post@example.com"
    made = mail_server("smtp://mail.lan:587?starttls=1", "留客 <liuke@example.com>")
    assert (made["EMAIL_USE_TLS"], made["EMAIL_PORT"], made["DEFAULT_FROM_EMAIL"]) == (True, 587, "留客 <liuke@example.com>")
    assert mail_server("")["EMAIL_HOST"] == ""
    with pytest.raises(ValueError, match="LIUKE_SMTP_URL") as fault:
        mail_server("https://user:SECRETKEY@x")
    assert "SECRET" not in str(fault.value)
