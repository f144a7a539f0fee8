"""打法: what is done when, for whom, with which words; which version stands, who is in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.urls import NoReverseMatch, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.packs import Pack, Playbook
from liuke.packs.playbook import Script
from liuke.playbooks import queries
from liuke.playbooks.models import PlaybookVersion, ScriptVersion
from liuke.playbooks.rules import changes
from liuke.team.models import User
from liuke.team.permissions import may
from liuke.trials.queries import verdicts
from liuke.web.doors import Request, door
from liuke.web.page import render
from liuke.web.playbooks import words as say
from liuke.web.words import days as days_words
from liuke.web.words import thousands
from liuke.work.effects import Effect, effects_of
from liuke.work.enrolled import in_playbook, inside
from liuke.work.words import Block, lang, pick, script

PER_PAGE = 50
VERSIONS_SHOWN = 50


@dataclass(frozen=True)
class Line:
    """One playbook of the list."""

    book: Playbook
    starts: str
    steps: str
    inside: int
    effect: str
    measured: bool
    own: bool


@door("playbook.read")
def playbooks(request: Request) -> HttpResponse:
    pack, held = queries.pack(), queries.own()
    counted, effects, said = inside(request.user), effects_of(pack), verdicts()
    lines = [_line(pack, book, counted, effects[book.key], said.get(book.key, ""), held) for book in pack.playbooks]
    on = [line for line in lines if not line.book.off]
    people = sum(line.inside for line in lines)
    title = _("%(n)s 个打法在用，%(people)s 位客户在里面") % {"n": len(on), "people": thousands(people)}
    context = {
        "title": title,
        "groups": [group for group in _grouped(pack, on) if group[1]],
        "off": [line for line in lines if line.book.off],
        "scripts": [(each, len(say.used_by(pack, each)), each.key in held.scripts) for each in pack.scripts],
        "unusable": list(held.unusable),
        "edits": may(request.user, "playbook.edit"),
        "say": say,
        "lang": lang(),
        "effect_url": effect_url,
    }
    return render(request, "playbooks/list.html", context, nav="playbooks", crumb=_("打法"))


def _line(pack: Pack, book: Playbook, counted: Mapping[str, int], effect: Effect, verdict: str, held: queries.Own) -> Line:
    measured = bool(effect.measured)
    said = say.effect_words(effect, verdict)
    n = len(book.steps)
    steps = _("，").join([ngettext("%(n)s 步", "%(n)s 步", n) % {"n": n}, days_words(book.steps[-1].day + 1)])
    return Line(book, say.starts(pack, book), steps, counted.get(book.key, 0), said, measured, book.key in held.playbooks)


def _grouped(pack: Pack, lines: list[Line]) -> list[tuple[str, list[Line]]]:
    """By what starts them: what must not wait, leaving, growing, attention, a stage by itself."""
    family = {signal.playbook: signal.family for signal in reversed(pack.signals)}
    names = {
        "must": _("不能等的"), "churn": _("流失倾向"), "growth": _("价值提升"), "service": _("服务关注"),
        "stage": _("没有别的事由时，按阶段"),
        "other": _("其他"),
    }  # fmt: skip
    found: dict[str, list[Line]] = {key: [] for key in names}
    for line in lines:
        key = "must" if line.book.must else family.get(line.book.key) or ("stage" if line.book.stages else "other")
        found[key].append(line)
    return [(names[key], found[key]) for key in names]


# ── one playbook ─────────────────────────────────────────────────────────────


@door("playbook.read")
def playbook(request: Request, key: str) -> HttpResponse:
    pack, book = book_or_404(key)
    steps = [(at + 1, step, say.when(step.day), say.way(step.channel), say.WHO[step.who]) for at, step in enumerate(book.steps)]
    context = {
        "steps": steps,
        "outcomes": say.outcomes(pack, book),
        "follow_ups": [(pick(each.name), say.follows(pack, each.next), each) for each in pack.follow_ups_of(book)],
        "spoken": say.spoken,
    }
    return _page(request, pack, book, "steps", "playbooks/steps.html", context)


@door("playbook.read")
def playbook_script(request: Request, key: str) -> HttpResponse:
    pack, book = book_or_404(key)
    spoken = pack.script_of(book)
    others = [each for each in say.used_by(pack, spoken) if each.key != book.key]
    context = {"blocks": read_aloud(pack, book, request.user), "script": spoken, "others": others}
    return _page(request, pack, book, "words", "playbooks/words.html", context)


@door("playbook.read")
def playbook_versions(request: Request, key: str) -> HttpResponse:
    pack, book = book_or_404(key)
    lines = version_lines(pack, PlaybookVersion, book)
    return _page(request, pack, book, "versions", "playbooks/versions.html", {"versions": lines, "what": "playbook", "key": key})


@door("playbook.read")
def playbook_people(request: Request, key: str) -> HttpResponse:
    """Who is in it, of the reader's customers."""
    pack, book = book_or_404(key)
    rows = Paginator(in_playbook(request.user, key), PER_PAGE)
    page = rows.get_page(request.GET.get("page", "1"))
    steps = queries.playbooks_at(pack, {(row.playbook, row.version) for row in page})
    lines = [(row, next(iter(getattr(row, "tasks_open", ())), None), steps.get((row.playbook, row.version), book)) for row in page]
    return _page(request, pack, book, "people", "playbooks/people.html", {"page": page, "lines": lines, "count": rows.count})


def _page(request: Request, pack: Pack, book: Playbook, tab: str, template: str, more: Mapping[str, Any]) -> HttpResponse:
    held = queries.own()
    effect = effects_of(pack)[book.key]
    mine = book.key in held.playbooks
    context = {
        "book": book,
        "tab": tab,
        "tabs": _tabs(request.user, book, tab),
        "starts": say.starts(pack, book),
        "success": say.success(book),
        "stops": say.stops(book),
        "limits": say.limits(book),
        "effect": say.effect_words(effect, verdicts().get(book.key, "")),
        "effect_url": effect_url(request.user, book.key),
        "inside": inside(request.user).get(book.key, 0),
        "own": mine,
        "given": any(each.key == book.key for each in queries.base_pack().playbooks),
        "edits": may(request.user, "playbook.edit"),
        "lang": lang(),
        "seen": book.version,
        **more,
    }
    crumb = [(_("打法"), reverse("playbooks")), (pick(book.name), "")]
    return render(request, template, context, nav="playbooks", crumb=crumb)


def _tabs(user: User, book: Playbook, tab: str) -> list[tuple[str, str, bool]]:
    tabs = [
        (_("步骤"), reverse("playbook", args=[book.key]), tab == "steps"),
        (_("话术"), reverse("playbook_script", args=[book.key]), tab == "words"),
    ]
    if url := effect_url(user, book.key):
        tabs.append((_("效果"), url, tab == "effect"))
    return [*tabs, (_("版本 %(n)s") % {"n": book.version}, reverse("playbook_versions", args=[book.key]), tab == "versions")]


def playbook_tabs(user: User, key: str, tab: str) -> list[tuple[str, str, bool]]:
    """The tabs of a playbook's page, for another page of it ("effect"). Raises Http404."""
    return _tabs(user, book_or_404(key)[1], tab)


def effect_url(user: User, key: str) -> str:
    """Where its effect is shown; "" for who may not see it."""
    try:
        return reverse("playbook_effect", args=[key]) if may(user, "effect.read") else ""
    except NoReverseMatch:
        return ""


def book_or_404(key: str) -> tuple[Pack, Playbook]:
    pack = queries.pack()
    try:
        return pack, pack.playbook(key)
    except KeyError:
        raise Http404 from None


def read_aloud(pack: Pack, book: Playbook, user: User) -> tuple[Block, ...]:
    """The four steps of the talk for a made-up customer."""
    return script(pack, book, say.sample(pack, book, user))


# ── versions ─────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class VersionLine:
    """One version of the list: what it changed against the one before it; `stands`: it is what holds now."""

    row: Any
    changed: list[say.Told]
    stands: bool
    whole: bool
    unreadable: bool = False


def version_lines(pack: Pack, model: queries.VersionModel, part: Playbook | Script) -> list[VersionLine]:
    """Every version, the newest first, each with what it changed. One query."""
    rows = list(queries.versions(model, pack.key, part.key)[:VERSIONS_SHOWN])
    standing = next((row.pk for row in rows if row.withdrawn_at is None), None)
    base = queries.base_pack()
    given: Any = next((each for each in (base.playbooks if model is PlaybookVersion else base.scripts) if each.key == part.key), None)
    before, lines = given, []
    for row in reversed(rows):
        try:
            now = queries.part_of(row) if row.body is not None else given
        except Refused:
            lines.append(VersionLine(row, [], row.pk == standing, False, True))
            continue
        changed = say.told_changes(pack, changes(before, now)) if before is not None and now is not None else []
        lines.append(VersionLine(row, changed, row.pk == standing, before is None))
        if row.withdrawn_at is None:
            before = now
    return lines[::-1]


def counted(pack: Pack, model: queries.VersionModel) -> dict[str, int]:
    """How many versions of each key there are."""
    rows = model._default_manager.filter(pack=pack.key).order_by().values_list("key").annotate(n=Count("pk"))
    return dict(rows)


@door("playbook.read")
def script_versions(request: Request, key: str) -> HttpResponse:
    pack, found = script_or_404(key)
    held = queries.own()
    context = {
        "script": found,
        "versions": version_lines(pack, ScriptVersion, found),
        "what": "script",
        "key": key,
        "own": key in held.scripts,
        "given": any(each.key == key for each in queries.base_pack().scripts),
        "edits": may(request.user, "playbook.edit"),
        "used": say.used_by(pack, found),
        "lang": lang(),
        "today": clock.today(),
    }
    crumb = [(_("打法"), reverse("playbooks")), (_("话术：%(name)s") % {"name": pick(found.name)}, "")]
    return render(request, "playbooks/script_versions.html", context, nav="playbooks", crumb=crumb)


def script_or_404(key: str) -> tuple[Pack, Script]:
    pack = queries.pack()
    for each in pack.scripts:
        if each.key == key:
            return pack, each
    raise Http404


urlpatterns = [
    path("playbooks/", playbooks, name="playbooks"),
    path("playbooks/scripts/<slug:key>/", script_versions, name="script_versions"),
    path("playbooks/<slug:key>/", playbook, name="playbook"),
    path("playbooks/<slug:key>/words/", playbook_script, name="playbook_script"),
    path("playbooks/<slug:key>/versions/", playbook_versions, name="playbook_versions"),
    path("playbooks/<slug:key>/people/", playbook_people, name="playbook_people"),
]
