from __future__ import annotations

import secrets

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from liuke.team.models import User


def new_mark() -> int:
    return secrets.randbelow(2**40)


class Version(models.Model):
    """One version of something the company has written in place of its pack's. Never edited: what changes is a new version.

    `body` is the whole of it as JSON in the shape of the pack; null: from this version on the pack's own holds again. The newest standing
    one counts. `mark` is drawn at random: the sum of the standing ones tells a process whether what it has read is still the newest.
    """

    pack = models.CharField(_("行业包"), max_length=40)
    key = models.CharField(max_length=40)
    version = models.PositiveIntegerField(_("版本"))
    body = models.JSONField(_("内容"), null=True)
    why = models.CharField(_("为什么改"), max_length=200, blank=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁改的"))
    at = models.DateTimeField(_("什么时候"), auto_now_add=True)
    mark = models.BigIntegerField(default=new_mark, editable=False)
    withdrawn_at = models.DateTimeField(_("撤回时间"), null=True)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁撤回的"))

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.key} {self.version}"


class PlaybookVersion(Version):
    """打法版本: a playbook (packs.playbook.Playbook) as the company has written it."""

    class Meta:
        verbose_name = _("打法版本")
        constraints = [models.UniqueConstraint(fields=["pack", "key", "version"], name="playbook_version_once")]
        indexes = [models.Index(fields=["pack", "-version"], condition=Q(withdrawn_at__isnull=True), name="playbook_version_standing")]


class ScriptVersion(Version):
    """话术版本: a script (packs.playbook.Script) as the company has written it."""

    class Meta:
        verbose_name = _("话术版本")
        constraints = [models.UniqueConstraint(fields=["pack", "key", "version"], name="script_version_once")]
        indexes = [models.Index(fields=["pack", "-version"], condition=Q(withdrawn_at__isnull=True), name="script_version_standing")]
