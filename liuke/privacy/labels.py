"""The words of consent, of a person's own requests, and of what is kept how long."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Source(models.TextChoices):
    """How a customer said so."""

    SPOKEN = "spoken", _("口头")
    WRITTEN = "written", _("书面")
    ONLINE = "online", _("网上")
    IMPORTED = "imported", _("导入")


ASKED = (Source.SPOKEN, Source.WRITTEN, Source.ONLINE)
"""Sources a member of staff may write down; a file says of itself that it was imported."""


class RequestKind(models.TextChoices):
    FILE = "file", _("要了自己的资料")
    ERASURE = "erasure", _("删除了个人信息")


class RuleKey(models.TextChoices):
    """What has its days, by the name of its number in the pack (packs.privacy.Retention)."""

    PROSPECTS = "prospects", _("没买过，也没联系的客户")
    INTERACTION_TEXTS = "interaction_texts", _("联系记录里写的话")
    CHECK_OUT_PURPOSES = "check_out_purposes", _("借卡时写的用途")
    IMPORT_SNAPSHOTS = "import_snapshots", _("导入前的旧资料")
    UPLOADS = "uploads", _("上传的文件")
    NUMBER_SEARCHES = "number_searches", _("按号码查找的记录")


WHAT_HAPPENS = {
    RuleKey.PROSPECTS: _("列出来，由您看过再删除个人信息"),
    RuleKey.INTERACTION_TEXTS: _("抹掉写的话，哪天怎么联系的还在"),
    RuleKey.CHECK_OUT_PURPOSES: _("抹掉用途，谁哪天借的还在"),
    RuleKey.IMPORT_SNAPSHOTS: _("删掉，那次导入就不能再撤销"),
    RuleKey.UPLOADS: _("删掉文件"),
    RuleKey.NUMBER_SEARCHES: _("删掉"),
}
