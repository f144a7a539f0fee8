"""Cards of salespeople, looked through once a week: drawn by lot, ticked with a word to the owner, who sees it on the card."""

from __future__ import annotations

from datetime import timedelta

from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from liuke.custody.queries import as_told, masked_text
from liuke.customers import history
from liuke.customers.models import Customer
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.supervision import actions
from liuke.supervision.models import ReviewedCard
from liuke.supervision.queries import cards_of, changes_of, remarks_on, review_of
from liuke.supervision.rules import week_of
from liuke.team.models import User
from liuke.team.queries import pack as current_pack
from liuke.web.customers.truth import field_label_any
from liuke.web.doors import Request, door, words
from liuke.web.going import back_to, moved
from liuke.web.page import render, say_undo
from liuke.web.supervision.day import person_or_404

REMARKS_SHOWN_DAYS = 30


@door("supervision.read")
def review(request: Request, user: int) -> HttpResponse:
    """This week's cards of a salesperson, with what changed on them."""
    return _review(request, person_or_404(request, user))


@door("supervision.read", ("POST",))
def review_start(request: Request, user: int) -> HttpResponse:
    person = person_or_404(request, user)
    try:
        actions.start_review(request.user, user)
    except User.DoesNotExist:
        raise Http404 from None
    return moved(request, reverse("review", args=[person.pk]))


@door("supervision.read", ("POST",))
def review_tick(request: Request, pk: int) -> HttpResponse:
    try:
        seen = actions.tick_card(request.user, pk, request.POST.get("remark", ""))
    except ReviewedCard.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        card = ReviewedCard.objects.select_related("review__owner").get(pk=pk)
        return _review(request, card.review.owner, words(refused))
    say_undo(request, _("看过了%(name)s的卡") % {"name": seen.customer.name}, reverse("review_untick", args=[pk]))
    return moved(request, reverse("review", args=[seen.review.owner_id]))


@door("supervision.read", ("POST",))
def review_untick(request: Request, pk: int) -> HttpResponse:
    try:
        back = actions.untick_card(request.user, pk)
    except ReviewedCard.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        say_undo(request, words(refused))
        owner = ReviewedCard.objects.values_list("review__owner", flat=True).get(pk=pk)
        return moved(request, reverse("review", args=[owner]))
    say_undo(request, _("撤销了，%(name)s的卡还没看") % {"name": back.customer.name})
    return moved(request, reverse("review", args=[back.review.owner_id]))


@door("customer.read", ("POST",))
def heard(request: Request, pk: int) -> HttpResponse:
    """The owner has read what was said of his card."""
    try:
        found = actions.hear(request.user, pk)
    except (ReviewedCard.DoesNotExist, Customer.DoesNotExist):
        raise Http404 from None
    except Refused as refused:
        say_undo(request, words(refused))
        return moved(request, back_to(request, reverse("customers")))
    say_undo(request, _("%(name)s：知道了") % {"name": found.customer.name})
    return moved(request, back_to(request, reverse("customer", args=[found.customer_id])))


# ── on the card ──────────────────────────────────────────────────────────────


def on_card(user: User, card: Customer) -> dict[str, object]:
    """What supervision/on_card.html shows: what who is above said of this card lately."""
    since = timezone.now() - timedelta(days=REMARKS_SHOWN_DAYS)
    return {"rows": remarks_on(user, card.pk, since), "told": as_told(False), "mine": card.owner_id == user.pk}


def _review(request: Request, person: User, problem: str = "") -> HttpResponse:
    today, pack = clock.today(), current_pack()
    found = review_of(person, week_of(today))
    rows = cards_of(request.user, found) if found else []
    left = sum(row.seen_at is None for row in rows)
    if found is None:
        said = _("这周还没看%(who)s的卡") % {"who": person.name}
    elif left:
        said = _("%(who)s的 %(n)s 张卡，还有 %(left)s 张没看") % {"who": person.name, "n": len(rows), "left": left}
    else:
        said = _("%(who)s这周的 %(n)s 张卡都看了") % {"who": person.name, "n": len(rows)}
    context = {
        "person": person,
        "review": found,
        "rows": rows,
        "changes": changes_of(found, [row.customer_id for row in rows]) if found else {},
        "title": said,
        "problem": problem,
        "told": masked_text,
        "label": lambda name: field_label_any("birthday" if name.startswith("birth_") else name, pack),
        "shown": lambda change, text: masked_text(history.shown(change.field, text)),
        "cards": pack.supervision.review_cards,
        "viewer": request.user,
    }
    crumb = [(_("督导"), reverse("supervision")), (_("%(who)s的卡") % {"who": person.name}, "")]
    return render(request, "supervision/review.html", context, nav="supervision", crumb=crumb, status=409 if problem else 200)


urlpatterns = [
    path("supervision/reviews/<int:user>/", review, name="review"),
    path("supervision/reviews/<int:user>/start/", review_start, name="review_start"),
    path("supervision/cards/<int:pk>/tick/", review_tick, name="review_tick"),
    path("supervision/cards/<int:pk>/untick/", review_untick, name="review_untick"),
    path("supervision/cards/<int:pk>/heard/", heard, name="review_heard"),
]
