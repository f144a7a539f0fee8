from django.db import models
from django.utils.translation import gettext_lazy as _


class SealKey(models.Model):
    """钥匙: which keys the database's sealed columns were sealed with. The keys themselves lie outside the database."""

    class Use(models.TextChoices):
        SEAL = "seal", _("加密")
        INDEX = "index", _("查找")

    name = models.CharField(_("名称"), max_length=64, unique=True)
    use = models.CharField(_("用途"), max_length=5, choices=Use, default=Use.SEAL)
    fingerprint = models.CharField(_("指纹"), max_length=64)
    made_at = models.DateTimeField(_("启用时间"), auto_now_add=True)
    retired_at = models.DateTimeField(_("停用时间"), null=True)

    class Meta:
        verbose_name = _("钥匙")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name
