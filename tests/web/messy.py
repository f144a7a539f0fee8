"""A spreadsheet as a shop really has it: 30 rows, a title above, telephones and dates each in their own way, a total below."""

import io
from datetime import date

from openpyxl import Workbook

HEADINGS = ("客户姓名", "电话", "车牌", "生日", "建档日期", "所属门店", "服务顾问", "爱好2")
NAMES = (
    "周文斌 徐敏 张书远 李建国 王秀兰 陈晓东 刘芳 杨帆 黄志强 赵雪梅 吴昊 孙丽 马超 朱琳 胡军 "
    "郭静 何伟 高洁 林涛 罗敏 梁栋 宋佳 郑凯 谢娜 韩冰 唐亮 冯媛 于洋 董杰 萧红"
).split()
# Row of the file (title and blank row above, heading in row 3) → what is wrong with it.
BAD = {6: "1380000126", 9: "2026/2/30", 12: "", 20: "没有这家店", 25: "2062-05-11"}


def phone(i: int) -> object:
    number = f"1380000{1200 + i:04d}"
    return (
        int(number),
        f"+86 {number[:3]}-{number[3:7]}-{number[7:]}",
        number.translate(str.maketrans("0123456789", "０１２３４５６７８９")),
    )[i % 3]


def day(i: int) -> object:
    when = date(2024, 3, 1 + i % 28)
    return when.isoformat() if i % 2 else f"{when.year}年{when.month}月{when.day}日"


def workbook() -> bytes:
    """25 rows can be loaded, 5 cannot; rows 4 to 33; row 34 is the total."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["滨江店客户与维修记录"])
    sheet.append([])
    sheet.append(list(HEADINGS))
    for i, name in enumerate(NAMES):
        row: list[object] = [
            name,
            phone(i),
            f"浙a·{52300 + i}",
            "农历八月十五" if i == 0 else "",
            day(i),
            "杭州滨江店",
            "陈思远",
            "爱钓鱼" if i % 4 == 0 else "",
        ]
        match i + 4:
            case 6:
                row[1] = BAD[6]
            case 9:
                row[4] = BAD[9]
            case 12:
                row[0] = BAD[12]
            case 20:
                row[5] = BAD[20]
            case 25:
                row[4] = BAD[25]
        sheet.append(row)
    sheet.append(["合计", 30])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def sheet(*rows: tuple[object, ...]) -> bytes:
    """A small workbook of these rows."""
    book = Workbook()
    page = book.active
    assert page is not None
    for row in rows:
        page.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
