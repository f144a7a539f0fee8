"""The hostile files: each with the kind of file it is given as, and exactly what must come of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.exchange import files

HEAD = "客户编号,姓名,手机,生日,地址\n"
DEAL = "单号,客户编号,日期,金额,内容\n"
LINE = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID\n"


@dataclass
class Case:
    """`refused`: code of the refusal of the whole file, `says` words of its sentence. Else: number of rows, the refused ones as
    (row, column, code), rows skipped, codes of the warnings."""

    name: str
    make: Callable[[Path], Path]
    dataset: str = "customers"
    refused: str = ""
    says: str = ""
    rows: int = 1
    bad: list[tuple[int, str, str]] = field(default_factory=list)
    skipped: int = 0
    warnings: list[str] = field(default_factory=list)


def text(body: str, encoding: str = "utf-8") -> Callable[[Path], Path]:
    return lambda path: files.csv(path, body, encoding)


def raw(body: bytes) -> Callable[[Path], Path]:
    return lambda path: files.write(path, body)


def sheet(*rows: list[object], **more: list[list[object]]) -> Callable[[Path], Path]:
    return lambda path: files.xlsx(path, rows, **more)


def xml(body: str, **rest: object) -> Callable[[Path], Path]:
    return lambda path: files.raw_xlsx(path, body, **rest)  # type: ignore[arg-type]


def _two_sheets_hidden(path: Path) -> Path:
    from openpyxl import load_workbook

    made = files.xlsx(path.with_suffix(".xlsx"), [["姓名"], ["藏起来的"]], 客户=[["姓名", "电话"], ["王伟", "13812345678"]])
    book = load_workbook(made)
    book["Sheet1"].sheet_state = "hidden"
    book.active = 1
    book.save(path)
    return path


def _merged(path: Path) -> Path:
    from openpyxl import load_workbook

    made = files.xlsx(path.with_suffix(".xlsx"), [["姓名", "地址"], ["王伟", "中山路 1 号"], ["李娜", None]])
    book = load_workbook(made)
    book["Sheet1"].merge_cells("B2:B3")
    book.save(path)
    return path


def _dates_1904(path: Path) -> Path:
    cell = '<c r="A2"><v>1</v></c>'
    rows = files.text_row(1, "日期", "金额", "客户编号") + f'<row r="2">{cell}<c r="B2"><v>5</v></c><c r="C2"><v>7</v></c></row>'
    rows += '<row r="3"><c r="A3"><v>43000</v></c><c r="B3"><v>5</v></c><c r="C3"><v>7</v></c></row>'
    return files.raw_xlsx(
        path,
        f"<sheetData>{rows}</sheetData>",
        workbook='<workbookPr date1904="1"/><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets>',
    )


HTML = "<html><meta charset=gb2312><table><tr><th>姓名</th><th>电话</th></tr><tr><td>王伟</td><td>13812345678</td></tr></table>"
LAUGHS = '<!DOCTYPE x [<!ENTITY a "haha"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'

CASES = [
    # ── not a table at all ──
    Case("empty", raw(b""), refused="file.empty", says="文件是空的"),
    Case("blanks only", text("\n \n\n"), refused="file.no_heading"),
    Case("prose", text("今天天气很好。\n我们去公园。\n"), refused="file.no_heading", says="姓名或客户编号"),
    Case("pdf called xlsx", raw(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), refused="file.not_a_table", says="这是 PDF，不是表格文件"),
    Case("png", raw(b"\x89PNG\r\n\x1a\n" + bytes(50)), refused="file.not_a_table", says="PNG"),
    Case("json", text('{"name": 1}'), refused="file.not_a_table", says="JSON"),
    Case("noise", raw(bytes(range(1, 256)) * 40), refused="file.not_a_table", says="这是二进制文件，不是"),
    Case("program", raw(b"\x7fELF\x02" + bytes(50)), refused="file.not_a_table", says="这是程序，不是"),
    Case("zip of csv", lambda path: _zip(path, {"a.csv": "姓名\n王伟\n"}), refused="file.zip", says="请先解压"),
    Case(
        "word",
        lambda path: _zip(path, {"[Content_Types].xml": "<x/>", "word/document.xml": "<x/>"}),
        refused="file.not_a_table",
        says="Word",
    ),
    Case(
        "xlsb", lambda path: _zip(path, {"[Content_Types].xml": "<x/>", "xl/workbook.bin": "x"}), refused="file.not_a_table", says=".xlsb"
    ),
    Case(
        "ods",
        lambda path: _zip(path, {"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}),
        refused="file.not_a_table",
        says=".ods",
    ),
    Case("half a workbook", lambda path: _cut(files.xlsx(path, [["姓名"], ["王伟"]])), refused="file.broken", says="没有传完整"),
    Case(
        "password", raw(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500) + "EncryptedPackage".encode("utf-16-le")), refused="file.password"
    ),
    Case(
        "xml spreadsheet 2003",
        text('<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>'),
        refused="file.not_a_table",
    ),
    Case("mhtml", text("MIME-Version: 1.0\nContent-Type: multipart/related;\n\n"), refused="file.not_a_table", says="MHTML"),
    Case("html without a table", text("<html><p>姓名 电话</p></html>"), refused="file.not_a_table", says="HTML"),
    # ── too large ──
    Case("zip bomb", lambda path: files.bomb(path, 1 << 30), refused="file.unpacks_too_big", says="没有打开它"),
    Case("gzip bomb", lambda path: _gzip_bomb(path), refused="file.unpacks_too_big", says="1,100 MB"),
    Case(
        "ten thousand members",
        lambda path: _zip(path, {f"xl/worksheets/sheet{i}.xml": "" for i in range(10_000)}),
        refused="file.too_many_members",
    ),
    Case("two thousand columns", text(",".join(f"c{i}" for i in range(2000)) + "\n"), refused="file.too_many_columns", says="2000 列"),
    Case("entities", lambda path: _laughs(path), refused="file.broken"),
    Case(
        "a cell of a megabyte",
        xml(f"<sheetData>{files.text_row(1, '姓名')}{files.text_row(2, '王' * 200_000)}{files.text_row(3, '李娜')}</sheetData>"),
        rows=2,
        bad=[(2, "姓名", "row.too_long")],
    ),
    # ── encodings ──
    Case("utf-8 with bom", text("\ufeff" + HEAD + "1,王伟,13812345678,,\n"), rows=1),
    Case("gb18030", text(HEAD + "1,𠮷田㛃䶮,13812345678,,€路\n", "gb18030"), warnings=["encoding"]),
    Case("utf-16", text(HEAD + "1,王伟,13812345678,,\n", "utf-16"), warnings=["encoding"]),
    Case("utf-16 without bom", text(HEAD + "1,王伟,13812345678,,\n", "utf-16-le"), warnings=["encoding"]),
    Case("latin-1", text("name,phone\nJosé Muñoz,\nZoë,\n", "latin-1"), refused="file.encoding", says="CSV UTF-8"),
    Case(
        "one bad byte",
        raw((HEAD + "1,王伟,,,\n2,李").encode() + b"\xff" + "娜,,,\n3,张强,,,\n".encode()),
        rows=3,
        bad=[(3, "姓名", "row.undecodable")],
    ),
    Case("nul", raw((HEAD + "1,王\0伟,,,\n2,李娜,,,\n").encode()), rows=2, bad=[(2, "姓名", "row.nul")]),
    Case("bom in the middle", text(HEAD + "1,王伟,,,\n\ufeff2,李娜,,,\n"), rows=2),
    # ── csv ──
    Case("semicolons", text(HEAD.replace(",", ";") + "1;王伟;13812345678;;中山路 1,2 号\n"), rows=1),
    Case("tabs", text(HEAD.replace(",", "\t") + "1\t王伟\t13812345678\t\t\n"), rows=1),
    Case("sep line", text("sep=|\n" + HEAD.replace(",", "|") + "1|王伟|||\n"), rows=1),
    Case("old macintosh line ends", text((HEAD + "1,王伟,,,\n2,李娜,,,\n").replace("\n", "\r")), rows=2),
    Case("unclosed quote", text(HEAD + '1,王伟,,,\n2,"李娜,,,\n3,张强,,,\n'), refused="file.unclosed_quote", says="第 3 行的引号没有收尾"),
    Case("quote closed far below", text(HEAD + '1,"王伟,,,\n2,李娜,,,\n3,"张强",,,\n'), refused="file.unclosed_quote", says="第 2 行"),
    Case("quote amiss in one line", text(HEAD + '1,"王"伟,,,\n2,李娜,,,\n'), rows=2, bad=[(2, "", "row.quote")]),
    Case("line breaks inside a cell", text('编号,姓名,备注\n1,王伟,"一\n二\n三"\n2,,x\n3,"李\t娜",\n'), rows=3),
    Case("row numbers after a long cell", text('姓名,手机\n"王\n伟",\n李娜,1381234\n'), rows=2, bad=[(4, "手机", "phone.short")]),
    Case("a comma too many", text(HEAD + "1,王伟,,,中山路,1号\n2,李娜,,,\n"), rows=2, bad=[(2, "", "row.too_many_cells")]),
    Case("short rows", text(HEAD + "1,王伟\n2,李娜,13812345678\n"), rows=2),
    # ── headings ──
    Case("headings only", text(HEAD), refused="file.no_rows", says="只有表头（第 1 行），没有数据"),
    Case("headings only in a workbook", sheet(["姓名", "电话"]), refused="file.no_rows"),
    Case("title rows", sheet(["启程汽车客户资料"], ["2024 年 3 月"], ["姓名", "电话"], ["王伟", "13812345678"]), warnings=["title_rows"]),
    Case(
        "two headings",
        sheet(["客户", None, "成交", None], ["姓名", "电话", "地址", "备注"], ["王伟", None, None, None]),
        warnings=["title_rows"],
    ),
    Case(
        "two headings, one below the other",
        sheet(["姓名", "联系方式", None, "备注"], [None, "手机", "微信", None], ["王伟", "13812345678", "w", None]),
        refused="file.two_headings",
        says="第 1 行和第 2 行",
    ),
    Case("chinese over english", sheet(["姓名", "电话"], ["name", "phone"], ["王伟", "13812345678"]), refused="file.two_headings"),
    Case("duplicate headings", text("姓名,地址,地址\n王伟,a,b\n"), refused="file.duplicate_headings", says="地址"),
    Case("two columns, one field", text("姓名,地址,家庭住址\n王伟,a,b\n"), refused="file.two_columns_one_field", says="--map 地址=address"),
    Case("unknown duplicate headings", text("姓名,数据,数据\n王伟,a,b\n"), warnings=["unknown_columns"]),
    Case("missing columns", text("客户编号,内容\n1,保养\n"), "deals", refused="file.missing_columns", says="日期；金额或单价"),
    Case(
        "two hundred columns",
        text(",".join(["姓名", *(f"栏{i}" for i in range(199))]) + "\n" + "王伟" + "," * 199 + "\n"),
        warnings=["unknown_columns"],
    ),
    Case("heading with script", text("姓名,<img src=x onerror=alert(1)>\n王伟,1\n"), warnings=["unknown_columns"]),
    Case("repeated headings", text("姓名,电话\n王伟,\n姓名,电话\n李娜,\n"), rows=2, skipped=1),
    # ── rows that are no rows ──
    Case(
        "totals and footers",
        text("客户编号,姓名,日期,金额\n1,王伟,2024-03-05,100\n\n,,,\n合计,,,100\n制表人：何静,,,\n"),
        "deals",
        rows=1,
        skipped=4,
    ),
    Case("total in the middle column", text("日期,客户编号,金额\n2024-03-05,1,100\n,合 计：,100\n"), "deals", rows=1, skipped=1),
    # ── workbooks ──
    Case("hidden sheet first", _two_sheets_hidden, warnings=["hidden_sheets"]),
    Case(
        "second sheet fits",
        sheet(["说明"], ["请填下一张"], 客户=[["姓名", "电话"], ["王伟", "13812345678"]]),
        rows=1,
        warnings=["other_sheets"],
    ),
    Case("merged cells", _merged, rows=2, warnings=["merged"]),
    Case(
        "hidden rows",
        xml(f"<sheetData>{files.text_row(1, '姓名')}{files.text_row(2, '王伟')}{files.text_row(3, '李娜', hidden=True)}</sheetData>"),
        rows=2,
        warnings=["hidden_rows"],
    ),
    Case(
        "formula without a value",
        xml(
            f'<sheetData>{files.text_row(1, "姓名", "地址")}<row r="2"><c r="A2"><f>B2</f></c></row>{files.text_row(3, "李娜")}</sheetData>'
        ),
        rows=2,
        bad=[(2, "姓名", "cell.formula_without_value")],
    ),
    Case(
        "formula with a value",
        xml(
            f'<sheetData>{files.text_row(1, "姓名")}<row r="2"><c r="A2" t="str"><f>HYPERLINK("http://x","王伟")</f><v>王伟</v></c></row></sheetData>'
        ),
    ),
    Case(
        "formula that gives nothing",
        xml(
            f'<sheetData>{files.text_row(1, "姓名", "地址")}<row r="2"><c r="A2" t="str"><f>"王伟"</f><v>王伟</v></c>'
            '<c r="B2" t="str"><f>""</f><v></v></c></row></sheetData>'
        ),
    ),
    Case(
        "error value",
        xml(f'<sheetData>{files.text_row(1, "姓名", "地址")}<row r="2"><c r="A2" t="e"><v>#N/A</v></c></row></sheetData>'),
        bad=[(2, "姓名", "cell.error_value")],
    ),
    Case(
        "error value in a column that is not read",
        xml(
            f'<sheetData>{files.text_row(1, "姓名", "查找")}<row r="2"><c r="A2" t="inlineStr"><is><t>王伟</t></is></c>'
            '<c r="B2" t="e"><v>#REF!</v></c></row></sheetData>'
        ),
        warnings=["unknown_columns"],
    ),
    Case(
        "a blank at the far end",
        xml(
            f'<sheetData>{files.text_row(1, "姓名")}{files.text_row(2, "王伟")}<row r="1048576">'
            '<c r="XFD1048576" t="inlineStr"><is><t> </t></is></c></row></sheetData>'
        ),
    ),
    Case(
        "a word at the far end",
        xml(
            f'<sheetData>{files.text_row(1, "姓名")}{files.text_row(2, "王伟")}<row r="1048576">'
            '<c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
        ),
        skipped=1,
        warnings=["unnamed_columns"],
    ),
    Case("serials from 1904", _dates_1904, "deals", rows=2, bad=[(2, "日期", "date.unreadable")]),
    Case(
        "cells without references",
        xml(
            "<sheetData><row><c t='inlineStr'><is><t>姓名</t></is></c></row><row><c t='inlineStr'>"
            "<is><r><t>王</t></r><r><t>伟</t></r><rPh sb='0' eb='1'><t>wang</t></rPh></is></c></row></sheetData>"
        ),
    ),
    Case(
        "macros",
        lambda path: files.raw_xlsx(
            path, f"<sheetData>{files.text_row(1, '姓名')}{files.text_row(2, '王伟')}</sheetData>", members={"xl/vbaProject.bin": "x"}
        ),
        warnings=["macros"],
    ),
    Case("xls", lambda path: files.xls(path, [["姓名", "手机", "生日"], ["王伟", 13812345678.0, "1985-08-15"]])),
    Case("html called xls", text(HTML, "gb18030")),
    Case("csv called xlsx", text("姓名\n王伟\n")),
    Case("gzip of csv", lambda path: files.packed(path, "姓名\n王伟\n".encode())),
    # ── cells ──
    Case(
        "phone in scientific notation",
        text("姓名,手机\n王伟,1.38E+10\n李娜,13800000000\n"),
        rows=2,
        bad=[(2, "手机", "phone.scientific"), (3, "手机", "phone.scientific")],
    ),
    Case("phone as a number", sheet(["姓名", "手机"], ["王伟", 13812345678], ["李娜", 13812345679.0]), rows=2),
    Case("year 20245", text("单号,客户编号,日期,金额\nA1,1,20245-03-05,10\n"), "deals", bad=[(2, "日期", "date.year")]),
    Case("tomorrow", text("客户编号,日期,金额\n1,2099-01-01,10\n"), "deals", bad=[(2, "日期", "date.future")]),
    Case("name of 5,000 characters", text("姓名\n" + "王" * 5000 + "\n李娜\n"), rows=2, bad=[(2, "姓名", "text.too_long")]),
    Case("formula in a name", text('姓名\n"=HYPERLINK(""http://x"",""点我"")"\n'), rows=1),
    Case("no name", text("姓名,手机\n,13812345678\n王伟,\n"), rows=2, bad=[(2, "", "customer.no_name")]),
    Case("birthday in the future", text("姓名,生日\n王伟,2098-01-01\n"), bad=[(2, "生日", "birthday.future")]),
    Case("unknown choice", text("姓名,性别\n王伟,雄\n"), bad=[(2, "性别", "choice.unknown")]),
    Case("credit code", text("姓名,统一社会信用代码\n启程,91330106MA2XXXXXX1\n"), bad=[(2, "统一社会信用代码", "credit_code.check")]),
    Case("customer number cut by Excel", text("客户编号,姓名\n1.23457E+17,王伟\n"), bad=[(2, "客户编号", "identifier.scientific")]),
    Case("two faults in a row: the first column's", text("姓名,手机,生日\n王伟,1381234,1985-13-01\n"), bad=[(2, "手机", "phone.short")]),
    Case("amount in dollars", text(DEAL + "A1,1,2024-03-05,$100,x\n"), "deals", bad=[(2, "金额", "amount.currency")]),
    Case("amount in words", text(DEAL + "A1,1,2024-03-05,壹佰元整,x\n"), "deals", bad=[(2, "金额", "amount.capitals")]),
    Case("amount 0", text(DEAL + "A1,1,2024-03-05,0,x\n"), "deals", bad=[(2, "", "deal.zero")]),
    Case("three decimals", text(DEAL + "A1,1,2024-03-05,10.005,x\n"), "deals", warnings=["rounded"]),
    Case("in ten thousands", text("单号,客户编号,日期,金额（万元）\nA1,1,2024-03-05,1.5\n"), "deals", warnings=["wan"]),
    Case("foreign heading", text("单号,客户编号,日期,金额(USD)\nA1,1,2024-03-05,15\n"), "deals", refused="file.missing_columns"),
    Case("no customer", text(DEAL + "A1,,2024-03-05,10,x\n"), "deals", bad=[(2, "", "deal.no_customer")]),
    Case(
        "one bad line",
        text(LINE + "9,a,x,1,2024-03-05,2,7\n9,b,y,一,2024-03-05,2,7\n8,a,x,1,2024-03-05,2,7\n"),
        "deals",
        rows=3,
        bad=[(2, "", "deal.other_line"), (3, "Quantity", "amount.capitals")],
        warnings=[],
    ),
    Case(
        "two customers under one number",
        text(LINE + "9,a,x,1,2024-03-05,2,7\n9,b,y,1,2024-03-05,2,8\n"),
        "deals",
        rows=2,
        bad=[(2, "", "deal.two_customers"), (3, "", "deal.two_customers")],
    ),
    Case("equal lines stay", text(LINE + "9,a,x,1,2024-03-05,2,7\n9,a,x,1,2024-03-05,2,7\n"), "deals", rows=2),
    Case("negative service", text("客户编号,日期,金额,类型\n1,2024-03-05,-5,服务\n"), "deals", bad=[(2, "", "deal.negative")]),
    Case(
        "end before start",
        text("客户编号,类别,开始日期,到期日期\n1,会员,2024-03-05,2023-03-05\n"),
        "contracts",
        bad=[(2, "", "contract.end_before_start")],
    ),
    Case("payment of nothing", text("客户编号,付款日期,金额\n1,2024-03-05,0\n"), "payments", bad=[(2, "", "payment.zero")]),
    Case(
        "contact without a customer", text("客户编号,时间,经过\n,2024-03-05,打了电话\n"), "interactions", bad=[(2, "", "row.no_customer")]
    ),
]


def _zip(path: Path, members: dict[str, str]) -> Path:
    import zipfile

    with zipfile.ZipFile(path, "w") as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return path


def _cut(path: Path) -> Path:
    return files.write(path, path.read_bytes()[:-400])


def _gzip_bomb(path: Path) -> Path:
    import gzip

    with gzip.open(path, "wb", 9) as packed:
        block = bytes(10_000_000)
        for _ in range(110):
            packed.write(block)
    return path


def _laughs(path: Path) -> Path:
    return files.raw_xlsx(
        path, "", members={"xl/worksheets/sheet1.xml": f"<?xml version='1.0'?>{LAUGHS}<worksheet {files.NS}>&b;</worksheet>"}
    )


assert len({case.name for case in CASES}) == len(CASES) >= 60
