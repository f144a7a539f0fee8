"""疑似重复: pairs to be looked at, the two cards side by side, the merge, its result and its undo, what was merged before."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _

from liuke.custody.queries import masked_many
from liuke.customers.models import Customer
from liuke.duplicates import actions, merging, queries, undoing
from liuke.duplicates.fields import AWAY, BOTH, KEEP
from liuke.duplicates.labels import REASONS
from liuke.duplicates.models import DuplicatePair, DuplicateScan, Merge
from liuke.duplicates.rules import FOR
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.kernel.text import as_id
from liuke.web.doors import Request, door, words
from liuke.web.duplicates.words import reason_words, rows
from liuke.web.going import moved
from liuke.web.page import render, say_undo
from liuke.web.words import thousands

PAGE = 50
CROWDS = 3
PERMISSION = "duplicates.merge"


def address(reason: str = "", page: int = 1, pair: int | None = None) -> str:
    """The list's address, narrowed to a reason, with one pair open beside it."""
    asked = [f"{key}={value}" for key, value in (("reason", reason), ("page", page if page > 1 else ""), ("open", pair or "")) if value]
    return reverse("duplicates") + ("?" + "&".join(asked) if asked else "")


@door(PERMISSION)
def duplicates(request: Request) -> HttpResponse:
    reason = request.GET.get("reason", "")
    reason = reason if reason in FOR else ""
    counts = queries.reasons_of(request.user)
    found = Paginator(queries.waiting(request.user, reason), PAGE)
    found.count = counts[reason]
    page = found.get_page(request.GET.get("page", "1"))
    opened = as_id(request.GET.get("open", ""))
    beside = _beside(request, opened) if opened else None
    look = queries.last_scan()
    context = {
        "pairs": page,
        "total": counts[""],
        "reason": reason,
        "reasons": [(code, REASONS[code], counts[code]) for code in FOR if counts[code]],
        "told": reason_words,
        "numbers": _numbers,
        "address": lambda pair=None, number=page.number: address(reason, number, pair),
        "only": address,
        "beside": beside,
        "look": look,
        "crowded": _crowded(request, look),
        "today": clock.today(),
    }
    return render(request, "duplicates/list.html", context, nav="duplicates", crumb=_("疑似重复"))


def _crowded(request: Request, look: DuplicateScan | None) -> list[tuple[str, int, Customer | None]]:
    """What so many cards share that they were not compared: the words, how many, and one of them, if the reader may see one."""
    told = [(code, n, some) for code, n, some in look.crowded if code in REASONS][:CROWDS] if look else []
    ids = {pk for _code, _n, some in told for pk in some}
    seen = {card.pk: card for card in Customer.objects.visible_to(request.user).filter(pk__in=ids)}
    return [(str(REASONS[code]), n, next((seen[pk] for pk in some if pk in seen), None)) for code, n, some in told]


def _beside(request: Request, pk: int) -> dict[str, object] | None:
    pair = (
        DuplicatePair.objects.visible_to(request.user)
        .open()
        .select_related("a__unit", "a__owner", "b__unit", "b__owner")
        .filter(pk=pk)
        .first()
    )
    if pair is None:
        return None
    # The one to keep stands first and has the green button.
    return {"pair": pair, "sides": sorted(queries.sides([pair.a, pair.b]), key=lambda side: side.weight, reverse=True)}


def _numbers(side: queries.Side) -> str:
    return _("、").join(masked_many(side.phones))


@door(PERMISSION)
def preview(request: Request, pk: int) -> HttpResponse:
    """The pane beside the list, alone."""
    beside = _beside(request, pk)
    if beside is None:
        raise Http404
    reason = request.GET.get("reason", "")
    context = {
        "beside": beside,
        "told": reason_words,
        "numbers": _numbers,
        "address": lambda pair=None, number=1: address(reason, number, pair),
    }
    return render(request, "duplicates/list.html", context, block="preview")


@door(PERMISSION, ("POST",))
def apart(request: Request, pk: int) -> HttpResponse:
    try:
        pair = actions.apart(request.user, pk)
    except DuplicatePair.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        say_undo(request, words(refused))
    else:
        said = _("记下了：%(one)s和%(other)s不是同一个人，以后不再提") % {"one": pair.a.name, "other": pair.b.name}
        say_undo(request, said, reverse("duplicate_together", args=[pk]))
    return moved(request, reverse("duplicates"))


@door(PERMISSION, ("POST",))
def together(request: Request, pk: int) -> HttpResponse:
    try:
        actions.together(request.user, pk)
    except DuplicatePair.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        say_undo(request, words(refused))
    else:
        say_undo(request, _("放回去了"))
    return moved(request, reverse("duplicates"))


@door(PERMISSION, ("GET", "POST"))
def merge(request: Request, keep: int, away: int) -> HttpResponse:
    """GET: what would become of it. POST: the act, with `f-FIELD` = keep, away or both."""
    chosen = {key[2:]: value for key, value in request.POST.items() if key.startswith("f-") and value in (KEEP, AWAY, BOTH)}
    problem = ""
    if request.method == "POST":
        try:
            done = merging.merge(request.user, keep, away, chosen)
        except Customer.DoesNotExist:
            raise Http404 from None
        except Refused as refused:
            problem = words(refused)
        else:
            said = _("%(away)s并到了%(name)s") % {"away": done.away_number, "name": done.keep.name}
            say_undo(request, said, reverse("merge_undo", args=[done.pk]))
            return moved(request, reverse("merged", args=[done.pk]))
    try:
        seen = queries.look(request.user, keep, away)
    except Customer.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        say_undo(request, words(refused))
        return redirect("duplicates")
    lines = rows(seen.lines, seen.keep.card, seen.away.card, chosen)
    context = {
        "seen": seen,
        "rows": lines,
        "conflicts": sum(row.state == "differ" for row in lines),
        "problem": problem or (words(seen.refused) if seen.refused else ""),
        "today": clock.today(),
    }
    crumb = [(_("疑似重复"), reverse("duplicates")), (_("合并"), "")]
    return render(request, "duplicates/merge.html", context, nav="duplicates", crumb=crumb, status=422 if problem else 200)


@door(PERMISSION)
def merged(request: Request, pk: int) -> HttpResponse:
    """What a merge did, with the way back."""
    done = queries.merges(request.user).filter(pk=pk).first()
    if done is None:
        raise Http404
    context = {"done": done, "rows": queries.moved(done), "today": clock.today()}
    crumb = [(_("疑似重复"), reverse("duplicates")), (_("合并过的"), reverse("merges")), (done.keep.name, "")]
    return render(request, "duplicates/merged.html", context, nav="duplicates", crumb=crumb)


@door(PERMISSION, ("POST",))
def undo(request: Request, pk: int) -> HttpResponse:
    try:
        undone = undoing.undo_merge(request.user, pk)
    except Merge.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        say_undo(request, words(refused))
    else:
        said = _("两张卡都恢复了")
        if undone.stayed:
            said += _("；%(n)s 项后来又改过，没动") % {"n": len(undone.stayed)}
        say_undo(request, said)
    return moved(request, reverse("merged", args=[pk]))


@door(PERMISSION)
def merges(request: Request) -> HttpResponse:
    """What was merged before."""
    page = Paginator(queries.merges(request.user), PAGE).get_page(request.GET.get("page", "1"))
    count = thousands(page.paginator.count)
    title = _("合并过 %(n)s 次") % {"n": count} if page.paginator.count else _("还没有合并过")
    context = {"page": page, "title": title, "today": clock.today()}
    crumb = [(_("疑似重复"), reverse("duplicates")), (_("合并过的"), "")]
    return render(request, "duplicates/merges.html", context, nav="duplicates", crumb=crumb)


urlpatterns = [
    path("duplicates/", duplicates, name="duplicates"),
    path("duplicates/<int:pk>/", preview, name="duplicate_preview"),
    path("duplicates/<int:pk>/apart/", apart, name="duplicate_apart"),
    path("duplicates/<int:pk>/together/", together, name="duplicate_together"),
    path("duplicates/merge/<int:keep>/<int:away>/", merge, name="merge"),
    path("duplicates/merges/", merges, name="merges"),
    path("duplicates/merges/<int:pk>/", merged, name="merged"),
    path("duplicates/merges/<int:pk>/undo/", undo, name="merge_undo"),
]
