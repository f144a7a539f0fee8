"""Writing questionnaires. A version that nobody was asked with is changed in place; one that was stays, and a new one begins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from pydantic import ValidationError

from liuke.audit.actions import record
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.packs.loader import faults_of
from liuke.packs.survey import Questionnaire, SurveyForm, faults
from liuke.playbooks.rules import OWN, Fault, Faulty
from liuke.satisfaction.models import Survey, SurveyVersion, Wave
from liuke.team.models import User
from liuke.team.permissions import require
from liuke.team.queries import pack, units_in_scope


def checked(body: Mapping[str, Any]) -> Questionnaire:
    """A questionnaire of the company's; English may be missing. Raises Faulty with every fault: weights that add up to 0, a jump back."""
    try:
        form = Questionnaire.model_validate(body, context=OWN)
    except ValidationError as error:
        raise Faulty([Fault(path, said) for path, said in faults_of(error)]) from error
    if found := [Fault(path, said) for path, said in faults(form)]:
        raise Faulty(found)
    return form


def body_of(form: Questionnaire) -> dict[str, Any]:
    """A questionnaire as JSON."""
    return form.model_dump(mode="json", exclude_defaults=True)


def ready_form(key: str) -> SurveyForm:
    """A ready-made form of the pack. Refuses survey.unknown_form."""
    try:
        return pack().survey_form(key)
    except KeyError:
        raise Refused("survey.unknown_form", "行业包里没有这个模板。") from None


@transaction.atomic
def create(actor: User, name: str, unit: int, body: Mapping[str, Any] | None = None, form: str = "") -> Survey:
    """A survey from a ready-made form of the pack (`form`), or from what was written (`body`).

    Refuses survey.name, survey.unit, survey.unknown_form, permission; raises Faulty.
    """
    require(actor, "survey.edit")
    kept = clean(name, 60)
    if not kept:
        raise Refused("survey.name", "请给问卷起个名字。")
    home = units_in_scope(actor).filter(pk=unit).first()
    if home is None:
        raise Refused("survey.unit", "请选一个单位。")
    written = ready_form(form).form if form else checked(body or {})
    made = Survey.objects.create(name=kept, unit=home, by=actor)
    SurveyVersion.objects.create(survey=made, number=1, body=body_of(written), by=actor)
    record(actor, "survey.create", made, form=form)
    return made


@transaction.atomic
def save(actor: User, survey_id: int, name: str, body: Mapping[str, Any], seen: int) -> SurveyVersion:
    """What the survey asks from now on; `seen`: the version the writer had before him. Who was asked already goes on with the old one.

    Refuses survey.newer, survey.name, survey.put_away, permission; raises Faulty, Survey.DoesNotExist.
    """
    require(actor, "survey.edit")
    survey = _held(actor, survey_id)
    now = newest(survey)
    if now.number != seen:
        raise Refused("survey.newer", "%(who)s刚改过这份问卷，请看过再改。", who=now.by.name if now.by else "有人")
    kept = clean(name, 60)
    if not kept:
        raise Refused("survey.name", "请给问卷起个名字。")
    written = body_of(checked(body))
    if kept != survey.name:
        Survey.objects.filter(pk=survey.pk).update(name=kept)
    if not frozen(now):
        now.body, now.by = written, actor
        now.save()
        record(actor, "survey.edit", survey, version=now.number)
        return now
    if written == now.body:
        return now
    made = SurveyVersion.objects.create(survey=survey, number=now.number + 1, body=written, by=actor)
    record(actor, "survey.version", survey, version=made.number)
    return made


def newest(survey: Survey) -> SurveyVersion:
    found = SurveyVersion.objects.filter(survey=survey).select_related("by").order_by("-number").first()
    assert found is not None
    return found


def frozen(version: SurveyVersion) -> bool:
    """Whether a wave asks, or asked, with it."""
    return Wave.objects.filter(version=version).exists()


def _held(actor: User, pk: int) -> Survey:
    """A survey in sight, nobody else writing it meanwhile."""
    seen = Survey.objects.visible_to(actor).get(pk=pk)
    held = Survey.objects.select_for_update(no_key=True).get(pk=seen.pk)
    if held.put_away_at is not None:
        raise Refused("survey.put_away", "这份问卷收起来了，先拿出来再改。")
    return held


@transaction.atomic
def put_away(actor: User, pk: int) -> Survey:
    """Nobody is asked with it any more; waves that run go on. Refuses twice."""
    require(actor, "survey.edit")
    survey = Survey.objects.visible_to(actor).get(pk=pk)
    if not Survey.objects.filter(pk=pk, put_away_at__isnull=True).update(put_away_at=timezone.now()):
        raise Refused("survey.put_away", "这份问卷已经收起来了。")
    record(actor, "survey.put_away", survey)
    return survey


@transaction.atomic
def take_out(actor: User, pk: int) -> Survey:
    """Undo `put_away`."""
    require(actor, "survey.edit")
    survey = Survey.objects.visible_to(actor).get(pk=pk)
    if not Survey.objects.filter(pk=pk, put_away_at__isnull=False).update(put_away_at=None):
        raise Refused("survey.in_use", "这份问卷没有收起来。")
    record(actor, "survey.take_out", survey)
    return survey
