"""Columns of a file of contacts with customers."""

from liuke.exchange.datasets.field import Dataset, Field, choices, words
from liuke.exchange.datasets.shared import CUSTOMER_NAME, CUSTOMER_NUMBER, PHONE, PLATE, STAFF_WORDS, WHO
from liuke.kernel.refusal import N_

DIRECTIONS = choices(
    out="我们找客户 呼出 去电 打出 外呼 发出 主动 out outbound outgoing",
    in_="客户找我们 呼入 来电 来访 收到 被动 in inbound incoming",
)
WAYS = choices(
    phone="电话 打电话 去电 来电 phone call",
    wechat="微信 企业微信 wechat",
    sms="短信 sms",
    email="邮件 电子邮件 email",
    letter="信件 信 letter",
    visit="上门 拜访 上门拜访 visit",
    in_store="店里谈 到店 店内 面谈 instore in_store",
    event="活动 event",
    meeting="客户会议 会议 座谈会 meeting",
    hotline="客户热线 热线 热线电话 400电话 hotline",
)
OUTCOMES = choices(
    reached="接通 已接通 成功 联系上 reached",
    not_reached="没接 未接 未接通 无人接听 关机 notreached not_reached",
    refused="婉拒 拒绝 refused",
    deal="成交 deal",
    later="改天 改期 再联系 later",
)

INTERACTIONS = Dataset(
    "interactions",
    "接触",
    (
        Field(
            "number",
            N_("编号"),
            "identifier",
            words("接触编号 跟进编号 记录编号 回访编号 interactionno interactionid recordid"),
            weak=words("编号 单号 no number id"),
            limit=64,
        ),
        CUSTOMER_NUMBER,
        CUSTOMER_NAME,
        PHONE,
        PLATE,
        Field(
            "at",
            N_("时间"),
            "moment",
            words(
                "接触时间 接触日期 跟进时间 跟进日期 联系时间 联系日期 回访时间 回访日期 沟通时间 拜访日期 contactedat "
                "interactiondate contactdate"
            ),
            weak=words("时间 日期 date time at on"),
            required=True,
            past=True,
        ),
        Field("direction", N_("方向"), "choice", words("方向 呼叫方向 direction"), choices=DIRECTIONS),
        Field(
            "way",
            N_("方式"),
            "choice",
            words("方式 接触方式 跟进方式 沟通方式 回访方式 way method contactmethod"),
            weak=words("渠道 channel"),
            choices=WAYS,
        ),
        Field("two_way", N_("对方回应了"), "yes_no", words("对方回应了 是否回应 是否接通 有回应 twoway responded")),
        Field("asked", N_("客户要求的"), "yes_no", words("客户要求的 客户要求 asked")),
        Field("outcome", N_("结果"), "choice", words("结果 接触结果 跟进结果 回访结果 联系结果 outcome result"), choices=OUTCOMES),
        Field(
            "summary",
            N_("经过"),
            "lines",
            words("经过 内容 沟通内容 跟进内容 回访内容 接触内容 记录 跟进记录 summary content notes note"),
            weak=words("备注 说明 remarks"),
            limit=5000,
        ),
        Field("staff", N_("谁"), "text", (*words("谁 跟进人 联系人员 回访人 by"), *STAFF_WORDS), limit=80),
    ),
    (WHO, ("at",)),
)
