"""Columns of a file of deals: one row a deal, or one row a line of a deal (then with quantity and unit price)."""

from liuke.exchange.datasets.field import Dataset, Field, choices, words
from liuke.exchange.datasets.shared import CUSTOMER_NAME, CUSTOMER_NUMBER, PHONE, PLATE, STAFF, UNIT, WHO
from liuke.kernel.refusal import N_

KINDS = choices(
    sale="销售 出售 购买 sale sales order",
    service="服务 保养 维修 service",
    refund="退款 退货 退单 退 refund return",
)
NUMBER_WORDS = words(
    "单号 成交单号 成交编号 订单号 订单编号 订单id 工单号 结算单号 销售单号 交易号 交易单号 流水号 小票号 发票号 "
    "发票号码 单据号 单据编号 invoiceno invoice invoicenumber invoiceid orderno orderid ordernumber dealno "
    "dealnumber dealid transactionid receiptno billno"
)

DEALS = Dataset(
    "deals",
    "成交",
    (
        Field("number", N_("单号"), "identifier", NUMBER_WORDS, weak=words("编号 no number id"), limit=64),
        CUSTOMER_NUMBER,
        CUSTOMER_NAME,
        PHONE,
        PLATE,
        Field(
            "on",
            N_("日期"),
            "date",
            words(
                "成交日期 成交时间 订单日期 下单日期 下单时间 销售日期 销售时间 结算日期 结算时间 进厂日期 消费日期 消费时间 "
                "交易日期 交易时间 购买日期 开单日期 单据日期 invoicedate orderdate dealdate saledate transactiondate "
                "purchasedate"
            ),
            weak=words("日期 时间 date time day on"),
            required=True,
            past=True,
        ),
        Field(
            "amount",
            N_("金额"),
            "amount",
            words(
                "金额 成交金额 成交额 结算金额 实收金额 实付金额 订单金额 消费金额 销售金额 销售额 交易金额 应收金额 实收 "
                "总金额 总额 合计金额 行金额 amount dealamount totalamount orderamount netamount lineamount"
            ),
            weak=words("合计 小计 total value sum"),
        ),
        Field(
            "kind",
            N_("类型"),
            "choice",
            words("类型 成交类型 业务类型 交易类型 订单类型 kind dealkind dealtype"),
            weak=words("type"),
            choices=KINDS,
        ),
        Field(
            "content",
            N_("内容"),
            "text",
            words("内容 成交内容 项目 服务项目 维修项目 消费项目 摘要 业务内容 content summary"),
            weak=words("备注 说明 remarks"),
            limit=300,
        ),
        Field("quantity", N_("数量"), "exact", words("数量 件数 购买数量 销售数量 quantity qty")),
        Field("unit_price", N_("单价"), "exact", words("单价 成交单价 销售单价 unitprice priceperunit"), weak=words("价格 price")),
        Field(
            "code",
            N_("商品编号"),
            "identifier",
            words("商品编号 商品编码 商品代码 货号 产品编号 产品编码 物料编码 stockcode sku productcode itemcode productid itemno"),
            limit=64,
        ),
        Field(
            "item",
            N_("商品名称"),
            "text",
            words("商品名称 商品 品名 产品 产品名称 货品名称 description productname itemname item product"),
            limit=200,
        ),
        UNIT,
        STAFF,
    ),
    (WHO, ("on",), ("amount", "unit_price")),
)
