from __future__ import annotations

import json
from datetime import date
from functools import lru_cache
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from liuke.customers.models import Customer
from liuke.packs.survey import Questionnaire
from liuke.satisfaction.labels import Drawn, InterviewState, Via
from liuke.team.labels import Role
from liuke.team.models import Unit, User
from liuke.team.permissions import may
from liuke.team.queries import in_scope
from liuke.vault.fields import SealedJSONField


def _near(user: User, permission: str) -> Q | None:
    """Condition on rows with a unit: the user's own part of the tree, and what stands above it (the group's survey is the store's too)."""
    unit = user.scope_unit
    if not may(user, permission) or unit is None or not unit.path:
        return None
    return Q(unit__path__startswith=unit.path) | Q(unit__in=[int(part) for part in unit.path.strip("/").split("/")])


class SurveyQuerySet(models.QuerySet["Survey"]):
    def visible_to(self, user: User) -> Self:
        near = _near(user, "survey.read")
        return self.none() if near is None else self.filter(near)


class Survey(models.Model):
    """问卷: a questionnaire under a name. What it asks stands in its versions; one that was asked with is never changed any more."""

    name = models.CharField(_("名称"), max_length=60)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("单位"))
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁做的"))
    at = models.DateTimeField(_("时间"), auto_now_add=True)
    put_away_at = models.DateTimeField(_("收起时间"), null=True)

    objects = SurveyQuerySet.as_manager()

    class Meta:
        verbose_name = _("问卷")

    def __str__(self) -> str:
        return self.name


class SurveyVersion(models.Model):
    """问卷版本: what a survey asks, one version of it. `body`: a packs.survey.Questionnaire as JSON; changed while no wave asks with it."""

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("版本"))
    body = models.JSONField(_("内容"))
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁改的"))
    at = models.DateTimeField(_("什么时候"), auto_now=True)

    class Meta:
        verbose_name = _("问卷版本")
        constraints = [models.UniqueConstraint(fields=["survey", "number"], name="survey_version_once")]

    def __str__(self) -> str:
        return f"{self.survey_id} v{self.number}"

    @property
    def form(self) -> Questionnaire:
        return parsed(json.dumps(self.body, sort_keys=True))


@lru_cache(maxsize=64)
def parsed(body: str) -> Questionnaire:
    """A questionnaire from its JSON. Raises pydantic.ValidationError."""
    return Questionnaire.model_validate_json(body, context={"own": True})


class WaveQuerySet(models.QuerySet["Wave"]):
    def visible_to(self, user: User) -> Self:
        near = _near(user, "survey.read")
        return self.none() if near is None else self.filter(near)

    def running(self, on: date) -> Self:
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on), opens_on__lte=on, closed_at__isnull=True)


class Wave(models.Model):
    """调查轮次: one time of asking with one version, from a day to a day (both included; None: until somebody closes it).

    How it was drawn is kept so that it can be drawn again: `seed`, the strata `drawn`, how many were in the population and why some were
    `left_out`, and the fingerprint of the draw.
    """

    version = models.ForeignKey(SurveyVersion, models.PROTECT, related_name="+", verbose_name=_("问卷"))
    name = models.CharField(_("名称"), max_length=60)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("单位"))
    drawn = models.CharField(_("怎么抽"), max_length=8, choices=Drawn)
    margin = models.DecimalField(_("想要的误差"), max_digits=4, decimal_places=3, null=True)
    population = models.PositiveIntegerField(_("总体"), default=0)
    left_out = models.JSONField(_("没抽的"), default=dict)
    seed = models.CharField(_("抽签种子"), max_length=32, blank=True)
    fingerprint = models.CharField(_("抽签指纹"), max_length=64, blank=True)
    opens_on = models.DateField(_("开始"))
    ends_on = models.DateField(_("结束"), null=True)
    closed_at = models.DateTimeField(_("提前结束时间"), null=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁发起的"))
    at = models.DateTimeField(_("时间"), auto_now_add=True)

    objects = WaveQuerySet.as_manager()

    class Meta:
        verbose_name = _("调查轮次")
        indexes = [models.Index(fields=["-opens_on"], name="wave_opens")]

    def __str__(self) -> str:
        return self.name

    def open_on(self, day: date) -> bool:
        """Whether answers are taken on a day."""
        return self.closed_at is None and self.opens_on <= day and not self.past(day)

    def past(self, day: date) -> bool:
        """Whether its last day was before a day."""
        return self.ends_on is not None and self.ends_on < day


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(in_scope(user, "customer__"))


class Invitation(models.Model):
    """邀请: one customer asked in one wave. `turn` says which time, where a wave asks after each service (the day of it).

    Of the link only the digest is kept; the link itself is made again from `salt` with a key outside the database (satisfaction.links).
    `unit` and `grade` are those of the day he was asked. `reminded`: how often he was to be reminded.
    """

    wave = models.ForeignKey(Wave, models.CASCADE, related_name="invitations")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", verbose_name=_("客户"))
    turn = models.CharField(_("第几次"), max_length=10, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("单位"))
    grade = models.CharField(_("等级"), max_length=1, blank=True)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    salt = models.CharField(max_length=32, editable=False)
    at = models.DateTimeField(_("什么时候请的"))
    sent_at = models.DateTimeField(_("发出时间"), null=True)
    sent_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁发的"))
    reminded = models.PositiveSmallIntegerField(_("提醒几次"), default=0)
    answered_at = models.DateTimeField(_("答的时间"), null=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("邀请")
        constraints = [models.UniqueConstraint(fields=["wave", "customer", "turn"], name="invited_once")]
        indexes = [models.Index(fields=["customer", "-at"], name="invitation_customer")]

    def __str__(self) -> str:
        return f"{self.customer_id}"


class OpenLink(models.Model):
    """店里的码: one link for everybody who comes to a store; kept apart from the drawn sample in every figure."""

    wave = models.ForeignKey(Wave, models.CASCADE, related_name="links")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("单位"))
    digest = models.CharField(max_length=64, unique=True, editable=False)
    salt = models.CharField(max_length=32, editable=False)

    class Meta:
        verbose_name = _("店里的码")
        constraints = [models.UniqueConstraint(fields=["wave", "unit"], name="open_link_once")]

    def __str__(self) -> str:
        return f"{self.unit_id}"


class AnswerQuerySet(models.QuerySet["Answer"]):
    def visible_to(self, user: User) -> Self:
        """Of customers in sight; of an open link those of a unit in sight (nobody knows who gave them; a salesperson sees none)."""
        unit = user.scope_unit
        own = Q(in_scope(user, "invitation__customer__"), invitation__isnull=False)
        if unit is None or not unit.path or user.role in (Role.REP, Role.ADMIN) or not user.is_active:
            return self.filter(own)
        return self.filter(own | Q(invitation__isnull=True, unit__path__startswith=unit.path))


class Answer(models.Model):
    """答卷: what one person answered, once. By an invitation, or from a store's code on a device (`device`: digest of its cookie).

    `values` question → number (of a choice the option's place; of a pair [expected, perceived]); `texts` question → his words. `low`: some
    answer was so low that somebody has to ask. `settled_at`: facts on the card and the follow-up were made from it.
    """

    wave = models.ForeignKey(Wave, models.CASCADE, related_name="answers")
    invitation = models.OneToOneField(Invitation, models.CASCADE, null=True, related_name="answer", verbose_name=_("邀请"))
    link = models.ForeignKey(OpenLink, models.CASCADE, null=True, related_name="+", verbose_name=_("店里的码"))
    device = models.CharField(max_length=64, blank=True, editable=False)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("单位"))
    grade = models.CharField(_("等级"), max_length=1, blank=True)
    via = models.CharField(_("怎么答的"), max_length=6, choices=Via)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁代填的"))
    at = models.DateTimeField(_("时间"))
    on = models.DateField(_("日期"))
    values = models.JSONField(_("答案"), default=dict)
    texts = SealedJSONField(_("写的话"), default=dict, blank=True)
    low = models.BooleanField(_("低分"), default=False)
    settled_at = models.DateTimeField(null=True, editable=False)

    objects = AnswerQuerySet.as_manager()

    class Meta:
        verbose_name = _("答卷")
        constraints = [
            models.UniqueConstraint(fields=["link", "device"], condition=Q(link__isnull=False), name="device_answers_once"),
            models.CheckConstraint(condition=Q(invitation__isnull=False) ^ Q(link__isnull=False), name="answer_of_one"),
        ]
        indexes = [
            models.Index(fields=["wave", "on"], name="answer_wave"),
            models.Index(fields=["settled_at"], condition=Q(settled_at__isnull=True), name="answer_waits"),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"


class Interview(models.Model):
    """大客户访谈: a key customer to be talked with in person, regularly."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", verbose_name=_("客户"))
    due_on = models.DateField(_("哪天谈"))
    state = models.CharField(_("进展"), max_length=8, choices=InterviewState, default=InterviewState.WAITING)
    settled_on = models.DateField(_("哪天谈的"), null=True)

    class Meta:
        verbose_name = _("大客户访谈")
        constraints = [models.UniqueConstraint(fields=["customer"], condition=Q(state="waiting"), name="interview_once")]
        indexes = [models.Index(fields=["customer", "-due_on"], name="interview_customer")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.due_on}"
