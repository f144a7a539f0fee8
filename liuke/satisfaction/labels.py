"""The words of satisfaction."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Drawn(models.TextChoices):
    """How a wave finds those who are asked."""

    RANDOM = "random", _("全体里随机抽")
    GRADE = "grade", _("按等级分层抽")
    UNIT = "unit", _("按门店分层抽")
    SERVICE = "service", _("每次服务后问")
    OPEN = "open", _("店里扫码，谁来谁答")


class Via(models.TextChoices):
    """How an answer came."""

    LINK = "link", _("自己点链接")
    PHONE = "phone", _("电话里答")
    OPEN = "open", _("店里扫码")


class InterviewState(models.TextChoices):
    WAITING = "waiting", _("要谈")
    DONE = "done", _("谈过了")
    DECLINED = "declined", _("客户不想谈")
    DROPPED = "dropped", _("不用谈了")


class LeftOut(models.TextChoices):
    """Why somebody of the population is not asked."""

    ALONE = "alone", _("请您不要打扰")
    CONSENT = "consent", _("不接受满意度调查")
    RECENT = "recent", _("不久前问过")
    GONE = "gone", _("去世、搬走或停业")


LEVEL_WORDS = {"product": _("产品"), "service": _("服务"), "social": _("社会")}
INDICATOR_WORDS = {
    "overall": _("总体"),
    "product.quality": _("质量"),
    "product.price": _("价格"),
    "product.design": _("设计"),
    "product.packaging": _("包装"),
    "product.timeliness": _("及时"),
    "service.before": _("售前"),
    "service.during": _("售中"),
    "service.after": _("售后"),
    "social.safety": _("安全"),
    "social.environment": _("环境"),
    "reputation": _("美誉度"),
    "awareness": _("知名度"),
    "repurchase": _("回头率"),
    "amount": _("单次购买额"),
    "price_sensitivity": _("价格敏感度"),
    "complaint": _("投诉率"),
    "recommendation": _("推荐率"),
    "score": _("满意度得分"),
    "nps": _("NPS"),
    "csat": _("满意率"),
}
DIMENSION_WORDS = {
    "tangibles": _("有形性"),
    "reliability": _("可靠性"),
    "responsiveness": _("响应性"),
    "assurance": _("保证性"),
    "empathy": _("移情性"),
}
BAND_WORDS = {
    "excellent": _("很满意"),
    "good": _("满意"),
    "fair": _("一般"),
    "poor": _("不满意"),
    "very_poor": _("很不满意"),
}
VERDICT_WORDS = {"exceeds": _("超出期望"), "satisfied": _("满意"), "unacceptable": _("不可接受")}
QUADRANT_WORDS = {"improve": _("先改这里"), "keep": _("继续保持"), "spare": _("不急"), "enough": _("做得够多了")}
KIND_WORDS = {"rating": _("打分 1–5"), "choice": _("单选"), "nps": _("推荐意愿 0–10"), "text": _("写字"), "pair": _("期望和感受")}
