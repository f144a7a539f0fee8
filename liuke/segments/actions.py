"""Keeping a list's conditions under a name."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import Max

from liuke.audit.actions import record
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.segments.filters import Filter
from liuke.segments.models import SavedView
from liuke.team.models import User
from liuke.team.permissions import require

MOST = 20


@transaction.atomic
def save_view(actor: User, name: str, wanted: Filter) -> SavedView:
    """Keep conditions and order under a name; the same name again replaces them. Refuses no name, and more than MOST views."""
    require(actor, "view.save")
    called = clean(name, 40)
    if not called:
        raise Refused("view.name", "请给视图起个名字。")
    mine = SavedView.objects.filter(user=actor)
    kept = mine.filter(name=called).first()
    query = wanted.query(whole=False)
    if len(query) > 1000:
        raise Refused("view.long", "条件太长，存不下。")
    if kept is None:
        if mine.count() >= MOST:
            raise Refused("view.many", "最多存 %(n)s 个视图，先去掉一个。", n=MOST)
        last = mine.aggregate(Max("position"))["position__max"]
        try:
            with transaction.atomic():
                kept = SavedView.objects.create(user=actor, name=called, query=query, position=0 if last is None else last + 1)
        except IntegrityError:  # saved twice at once
            kept = mine.get(name=called)
    kept.query = query
    kept.save(update_fields=["query"])
    record(actor, "view.save", kept)
    return kept


@transaction.atomic
def drop_view(actor: User, view_id: int) -> SavedView:
    """Take a view of one's own away. Raises SavedView.DoesNotExist for another's."""
    require(actor, "view.save")
    kept = SavedView.objects.get(pk=view_id, user=actor)
    record(actor, "view.drop", kept, name=kept.name)
    pk = kept.pk
    kept.delete()
    kept.pk = pk
    return kept
