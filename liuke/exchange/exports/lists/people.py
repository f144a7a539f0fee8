"""Everybody who works here."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import QuerySet
from django.utils.translation import gettext as _text
from django.utils.translation import gettext_lazy as _

from liuke.exchange.exports.registry import BATCH, Asked, Column, Listing, Values, register
from liuke.team.models import User

COLUMNS = (
    Column("username", _("登录名")),
    Column("name", _("姓名")),
    Column("role", _("岗位"), width=16),
    Column("unit", _("单位"), width=20),
    Column("scope", _("范围"), width=20),
    Column("active", _("在用"), width=8),
    Column("left_on", _("停用日期"), "date", width=12),
    Column("last_login", _("上次登录"), "time", width=17),
)


def _people() -> QuerySet[User]:
    return User.objects.select_related("unit", "scope").order_by("unit__path", "name", "pk")


def rows(asked: Asked) -> Iterator[Values]:
    for user in _people().iterator(BATCH):
        unit, scope = user.unit.name if user.unit else "", user.scope.name if user.scope else ""
        here = _text("在用") if user.is_active else _text("已停用")
        yield user.username, user.name, user.get_role_display(), unit, scope, here, user.left_on, user.last_login


register(Listing("people", _("人员"), "team.manage", COLUMNS, lambda user, query: User.objects.count(), rows))
