"""A file to start from for each kind of import: headings and one example row, everything as text."""

from __future__ import annotations

import io
from datetime import date

import xlsxwriter

# Heading → example. The headings are words the reader knows; a test reads each file back.
EXAMPLES: dict[str, tuple[tuple[str, str], ...]] = {
    "customers": (
        ("客户编号", "A0001"),
        ("姓名", "周文斌"),
        ("手机", "13800001264"),
        ("性别", "男"),
        ("生日", "农历八月十五"),
        ("地址", "浙江省杭州市滨江区江南大道 1 号"),
        ("车牌", "浙A·52368"),
        ("车型", "北辰 5"),
        ("门店", ""),
        ("业务员", ""),
        ("来源", "朋友介绍"),
        ("备注", "喜欢钓鱼"),
    ),
    "deals": (
        ("单号", "D0001"),
        ("客户编号", "A0001"),
        ("姓名", "周文斌"),
        ("手机", "13800001264"),
        ("日期", "2026-03-05"),
        ("类型", "销售"),
        ("金额", "1280.00"),
        ("内容", "大保养、空滤"),
        ("门店", ""),
        ("经手人", ""),
    ),
    "contracts": (
        ("合约号", "H0001"),
        ("客户编号", "A0001"),
        ("姓名", "周文斌"),
        ("手机", "13800001264"),
        ("类别", ""),
        ("名称", "商业险"),
        ("开始", "2026-03-05"),
        ("到期", "2027-03-04"),
        ("金额", "3600.00"),
    ),
    "payments": (
        ("付款号", "P0001"),
        ("成交单号", "D0001"),
        ("客户编号", "A0001"),
        ("姓名", "周文斌"),
        ("手机", "13800001264"),
        ("付款日期", "2026-03-05"),
        ("金额", "1280.00"),
        ("方式", "微信"),
    ),
    "interactions": (
        ("编号", "J0001"),
        ("客户编号", "A0001"),
        ("姓名", "周文斌"),
        ("手机", "13800001264"),
        ("时间", "2026-03-05 15:30"),
        ("方式", "电话"),
        ("方向", "呼出"),
        ("结果", "接通"),
        ("经过", "下周三上午来做保养"),
        ("跟进人", ""),
    ),
}
SAFE = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}


def template(dataset: str, today: date, contract_kind: str = "") -> bytes:
    """The .xlsx of one kind. `contract_kind`: a word the industry pack knows. Raises KeyError for an unknown kind."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, SAFE)
    sheet = book.add_worksheet()
    bold, text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
    for column, (heading, example) in enumerate(EXAMPLES[dataset]):
        # The whole column is text: a telephone typed below stays what was typed.
        sheet.set_column(column, column, max(10, 2 * len(heading) + 2, len(example) + 4), text)
        sheet.write_string(0, column, heading, bold)
        said = contract_kind if heading == "类别" else example.replace("2026", str(today.year - 1)).replace("2027", str(today.year))
        if said:
            sheet.write_string(1, column, said, text)
    sheet.freeze_panes(1, 0)
    book.close()
    return out.getvalue()
