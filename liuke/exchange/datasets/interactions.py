"""Columns of a file of contacts with customers."""

from liuke.exchange.datasets.field import Dataset, Field
from liuke.exchange.datasets.shared import CUSTOMER_NAME, CUSTOMER_NUMBER, PHONE, PLATE, STAFF_WORDS, WHO

DIRECTIONS = {
    "我们找客户": "out", "呼出": "out", "去电": "out", "打出": "out", "外呼": "out", "发出": "out", "主动": "out", "out": "out", "outbound": "out", "outgoing": "out",
    "客户找我们": "in", "呼入": "in", "来电": "in", "来访": "in", "收到": "in", "被动": "in", "in": "in", "inbound": "in", "incoming": "in",
}  # fmt: skip
WAYS = {
    "电话": "phone", "打电话": "phone", "去电": "phone", "来电": "phone", "phone": "phone", "call": "phone",
    "微信": "wechat", "企业微信": "wechat", "wechat": "wechat",
    "短信": "sms", "sms": "sms",
    "邮件": "email", "电子邮件": "email", "email": "email",
    "信件": "letter", "信": "letter", "letter": "letter",
    "上门": "visit", "拜访": "visit", "上门拜访": "visit", "visit": "visit",
    "店里谈": "in_store", "到店": "in_store", "店内": "in_store", "面谈": "in_store", "instore": "in_store", "in_store": "in_store",
    "活动": "event", "event": "event",
}  # fmt: skip
OUTCOMES = {
    "接通": "reached", "已接通": "reached", "成功": "reached", "联系上": "reached", "reached": "reached",
    "没接": "not_reached", "未接": "not_reached", "未接通": "not_reached", "无人接听": "not_reached", "关机": "not_reached", "notreached": "not_reached", "not_reached": "not_reached",
    "婉拒": "refused", "拒绝": "refused", "refused": "refused",
    "成交": "deal", "deal": "deal",
    "改天": "later", "改期": "later", "再联系": "later", "later": "later",
}  # fmt: skip

INTERACTIONS = Dataset(
    "interactions",
    "接触",
    (
        Field("number", "编号", "identifier", ("接触编号", "跟进编号", "记录编号", "回访编号", "interactionno", "interactionid", "recordid"), ("编号", "单号", "no", "number", "id"), limit=64),
        CUSTOMER_NUMBER,
        CUSTOMER_NAME,
        PHONE,
        PLATE,
        Field("at", "时间", "moment", ("接触时间", "接触日期", "跟进时间", "跟进日期", "联系时间", "联系日期", "回访时间", "回访日期", "沟通时间", "拜访日期", "contactedat", "interactiondate", "contactdate"), ("时间", "日期", "date", "time", "at", "on"), required=True, past=True),
        Field("direction", "方向", "choice", ("方向", "呼叫方向", "direction"), choices=DIRECTIONS),
        Field("way", "方式", "choice", ("方式", "接触方式", "联系方式", "跟进方式", "沟通方式", "回访方式", "way", "method", "contactmethod"), ("渠道", "channel"), choices=WAYS),
        Field("two_way", "对方回应了", "yes_no", ("对方回应了", "是否回应", "是否接通", "有回应", "twoway", "responded")),
        Field("asked", "客户要求的", "yes_no", ("客户要求的", "客户要求", "asked")),
        Field("outcome", "结果", "choice", ("结果", "接触结果", "跟进结果", "回访结果", "联系结果", "outcome", "result"), choices=OUTCOMES),
        Field("summary", "经过", "lines", ("经过", "内容", "沟通内容", "跟进内容", "回访内容", "接触内容", "记录", "跟进记录", "summary", "content", "notes", "note"), ("备注", "说明", "remarks"), limit=5000),
        Field("staff", "谁", "text", ("谁", "跟进人", "联系人员", "回访人", "by", *STAFF_WORDS), limit=80),
    ),
    (WHO, ("at",)),
)  # fmt: skip
