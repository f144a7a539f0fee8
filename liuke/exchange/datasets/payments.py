"""Columns of a file of payments received."""

from liuke.exchange.datasets.deals import NUMBER_WORDS
from liuke.exchange.datasets.field import Dataset, Field, words
from liuke.exchange.datasets.shared import CUSTOMER_NAME, CUSTOMER_NUMBER, PHONE, PLATE, WHO
from liuke.kernel.refusal import N_

PAYMENTS = Dataset(
    "payments",
    "付款",
    (
        Field(
            "number",
            N_("付款号"),
            "identifier",
            words("付款号 付款编号 付款单号 收款号 收款单号 收款编号 支付单号 支付流水号 paymentno paymentid paymentnumber receiptnumber"),
            weak=words("编号 no number id"),
            limit=64,
        ),
        CUSTOMER_NUMBER,
        CUSTOMER_NAME,
        PHONE,
        PLATE,
        Field("deal_number", N_("成交单号"), "identifier", NUMBER_WORDS, limit=64),
        Field(
            "on",
            N_("付款日期"),
            "date",
            words("付款日期 付款时间 收款日期 收款时间 支付日期 支付时间 到账日期 paymentdate paidon paiddate"),
            weak=words("日期 时间 date on"),
            required=True,
            past=True,
        ),
        Field(
            "amount",
            N_("金额"),
            "amount",
            words("金额 付款金额 收款金额 支付金额 实收金额 实付金额 到账金额 amount paymentamount paid"),
            weak=words("合计 total"),
            required=True,
        ),
        Field("method", N_("方式"), "text", words("方式 付款方式 支付方式 收款方式 method paymentmethod"), limit=40),
    ),
    ((*WHO, "deal_number"), ("on",), ("amount",)),
)
