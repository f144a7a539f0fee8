from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditEntry(models.Model):
    """审计记录: who did what to which row. Append-only; each entry carries the hash of the one before, so a changed row shows."""

    seq = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField(_("时间"))
    actor = models.BigIntegerField(_("操作人"), null=True)
    verb = models.CharField(_("动作"), max_length=60)
    kind = models.CharField(_("对象类别"), max_length=40, blank=True)
    object = models.BigIntegerField(_("对象"), null=True)
    detail = models.JSONField(_("详情"), default=dict)
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("审计记录")
        ordering = ["seq"]
        indexes = [
            models.Index(fields=["kind", "object", "seq"], name="audit_object"),
            models.Index(fields=["actor", "seq"], name="audit_actor"),
            models.Index(fields=["verb", "seq"], name="audit_verb"),
            models.Index(fields=["at"], name="audit_at"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.verb}"
