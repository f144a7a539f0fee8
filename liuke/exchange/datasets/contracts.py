"""Columns of a file of contracts: insurance, packages, memberships; anything with an expiry."""

from liuke.exchange.datasets.field import Dataset, Field, words
from liuke.exchange.datasets.shared import CUSTOMER_NAME, CUSTOMER_NUMBER, PHONE, PLATE, STAFF, UNIT, WHO
from liuke.kernel.refusal import N_

CONTRACTS = Dataset(
    "contracts",
    "合约",
    (
        Field(
            "number",
            N_("合约号"),
            "identifier",
            words("合约号 合约编号 合同号 合同编号 保单号 保单号码 套餐编号 contractno contractnumber contractid policyno"),
            weak=words("编号 单号 no number id"),
            limit=64,
        ),
        CUSTOMER_NUMBER,
        CUSTOMER_NAME,
        PHONE,
        PLATE,
        # The words of the choices are the pack's contract kinds; they are put in when the file is read.
        Field(
            "kind",
            N_("类别"),
            "choice",
            words("类别 合约类别 合约类型 合同类型 险种 套餐类别 kind contractkind contracttype"),
            weak=words("类型 type"),
            required=True,
        ),
        Field("name", N_("名称"), "text", words("合约名称 合同名称 套餐名称 产品名称 contractname"), weak=words("套餐 项目"), limit=120),
        Field(
            "starts_on",
            N_("开始"),
            "date",
            words("开始 开始日期 起始日期 起期 起保日期 生效日期 生效日 签约日期 startson startdate start effectivedate"),
            required=True,
        ),
        Field(
            "ends_on",
            N_("到期"),
            "date",
            words("到期 到期日 到期日期 结束 结束日期 止期 终止日期 截止日期 有效期至 endson enddate end expirydate expiry expires"),
            required=True,
        ),
        Field("ended_on", N_("提前结束"), "date", words("提前结束 退保日期 解约日期 取消日期 endedon cancelledon")),
        Field("amount", N_("金额"), "amount", words("金额 合约金额 合同金额 保费 合同总额 amount premium"), weak=words("价格 price")),
        Field("times_total", N_("总次数"), "integer", words("总次数 次数 套餐次数 timestotal times"), limit=100_000),
        Field("times_left", N_("剩余次数"), "integer", words("剩余次数 剩余 未用次数 timesleft remaining"), limit=100_000),
        UNIT,
        STAFF,
    ),
    (WHO, ("kind",), ("starts_on",), ("ends_on",)),
)
