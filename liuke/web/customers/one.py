"""The card that somebody asks for, and the crumb of its pages."""

from __future__ import annotations

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from liuke.customers.models import Customer
from liuke.customers.queries import visible
from liuke.team.labels import Role
from liuke.team.models import User
from liuke.web.doors import Request


def card_or_404(request: Request, pk: int) -> Customer:
    """The card, if this reader may see it; for anybody else it does not exist."""
    try:
        return visible(request.user, pk)
    except Customer.DoesNotExist:
        raise Http404 from None


def parents(user: User, card: Customer, *last: str) -> list[tuple[str, str]]:
    """The crumb of a page about a card."""
    first = (_("我的客户") if user.role == Role.REP else _("客户"), reverse("customers"))
    if not last:
        return [first, (card.name, "")]
    return [first, (card.name, reverse("customer", args=[card.pk])), *((word, "") for word in last)]
