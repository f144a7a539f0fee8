"""The words of what leaves the house."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ExportState(models.TextChoices):
    WAITING = "waiting", _("等人批")
    APPROVED = "approved", _("在排队")
    MAKING = "making", _("正在做")
    READY = "ready", _("可以下载")
    REFUSED = "refused", _("没批")
    FAILED = "failed", _("没做成")
    EXPIRED = "expired", _("过期了")
    DROPPED = "dropped", _("不要了")


class FileFormat(models.TextChoices):
    XLSX = "xlsx", _("Excel表格（.xlsx）")
    CSV = "csv", _("CSV")


class Encoding(models.TextChoices):
    UTF8 = "utf-8", _("UTF-8（带 BOM）")
    GB18030 = "gb18030", _("GB18030（旧版 Excel）")
