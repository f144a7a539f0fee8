"""A list that is asked to narrow or order by what stands masked on a card answers nothing: an order or a count would tell it bit by bit."""

from __future__ import annotations

from collections.abc import Iterable
from functools import wraps

from django.core.cache import cache
from django.db import transaction
from django.http import HttpResponseBase

from liuke.audit.actions import record
from liuke.customers.fields import SEALED_NAMES, label
from liuke.kernel.refusal import Refused
from liuke.web.doors import QUIET_SECONDS, Request, View, words
from liuke.web.errors import page

ORDERS = ("sort", "order", "order_by")


def asked_of(keys: Iterable[str], orders: Iterable[str]) -> str:
    """The first sealed field named among the conditions and orders, also within a name (phone__startswith); "" for none."""
    named = [*keys, *(one.strip().lstrip("+-") for order in orders for one in order.split(","))]
    return next((SEALED_NAMES[part] for name in named for part in name.strip().lower().split("__") if part in SEALED_NAMES), "")


def unsealed(view: View) -> View:
    """Refuse the view where its address narrows or orders by a sealed field: filter.sealed, on the log, nothing shown."""

    @wraps(view)
    def refusing(request: Request, *args: object, **kwargs: object) -> HttpResponseBase:
        field = asked_of(request.GET, (text for key in ORDERS for text in request.GET.getlist(key)))
        if not field:
            return view(request, *args, **kwargs)
        refused = Refused("filter.sealed", "不能按%(field)s筛选或排序", field=label(field))
        # Each field once within a while, as any refused door: a thousand tries must not fill the log.
        if cache.add(f"{refused.code}:{request.user.pk}:{field}", True, QUIET_SECONDS):
            with transaction.atomic():
                record(request.user, "filter.sealed", None, fields=[field])
        return page(request, 422, words(refused))

    return refusing
