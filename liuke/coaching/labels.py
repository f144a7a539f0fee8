"""The words for cases, practice and the trust self-check."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class CaseState(models.TextChoices):
    DRAFT = "draft", _("草稿")
    SUBMITTED = "sent", _("等发布")
    PUBLISHED = "public", _("已发布")
    WITHDRAWN = "away", _("收回了")


class PracticeState(models.TextChoices):
    OPEN = "open", _("在练")
    DONE = "done", _("练完了")
    DROPPED = "dropped", _("没练")


class Element(models.TextChoices):
    """信任五要素: what trust rests on (3-action)."""

    LIKED = "liked", _("受人欢迎")
    CUSTOMER_FIRST = "customer", _("客户导向")
    PROFESSIONAL = "skill", _("专业能力")
    KEEPS_PROMISES = "promise", _("信守诺言")
    HONEST = "honest", _("诚实正直")


QUESTIONS: dict[str, tuple[object, ...]] = {
    Element.LIKED: (
        _("上周有客户主动找我说话，不是因为出了事"),
        _("我叫得出今天联系的每位客户家里或爱好上的一件事"),
    ),
    Element.CUSTOMER_FIRST: (
        _("客户用不着的，我没劝他买"),
        _("我先问清楚他要什么，再说我们有什么"),
        _("对他合适、对我没提成的办法，我也说了"),
    ),
    Element.PROFESSIONAL: (
        _("客户问的，我当场答得清楚；答不了的，我说了什么时候答"),
        _("价格和做法我能拿出依据，不靠一句“都这样”"),
    ),
    Element.KEEPS_PROMISES: (
        _("说好几点回电，我就几点回电"),
        _("办不到的事，我在到期以前先告诉了客户"),
    ),
    Element.HONEST: (
        _("我们的毛病，客户问起，我照实说了"),
        _("记在卡上的，和客户说的是一回事"),
    ),
}
"""What each element is asked by; an answer is a key of ANSWERS."""

ANSWERS: dict[int, object] = {1: _("很少"), 2: _("有时"), 3: _("多半"), 4: _("每次")}


class Sex(models.TextChoices):
    MALE = "male", _("男")
    FEMALE = "female", _("女")
