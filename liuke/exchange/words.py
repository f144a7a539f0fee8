"""Every sentence this floor says, by the code of its rule. Templates in Chinese; the doors translate and fill them."""

from liuke.kernel.refusal import N_ as _
from liuke.kernel.refusal import Refused

# The whole file cannot be used (exit 2).
FILE = {
    "file.missing": _("找不到文件 %(path)s。"),
    "file.empty": _("文件是空的，没有内容可读。"),
    "file.too_big": _("文件 %(size)s，超过上限 %(limit)s。请拆成几个文件再导入。"),
    "file.unpacks_too_big": _("文件解开后有 %(size)s，超过上限 %(limit)s，没有打开它。请拆成几个文件再导入。"),
    "file.too_many_members": _("压缩包里有 %(members)s 个部件，超过上限 %(limit)s，没有打开它。"),
    "file.too_many_rows": _("超过 %(limit)s 行。请拆成几个文件再导入。"),
    "file.too_many_columns": _("用到了 %(columns)s 列，超过上限 %(limit)s 列。请删去用不到的列再导入。"),
    "file.too_many_sheets": _("工作簿里有 %(sheets)s 张表，超过上限 %(limit)s 张。请只留要导入的那张，另存后再导入。"),
    "file.not_a_table": _("这是 %(what)s，不是表格文件。请用 Excel 或 WPS 打开，另存为 .xlsx 或 CSV（UTF-8），再导入。"),
    "file.zip": _("这是压缩包。请先解压，再导入里面的 .xlsx、.xls 或 CSV。"),
    "file.password": _("文件有打开密码。请去掉密码，另存后再导入。"),
    "file.broken": _("文件坏了或没有传完整（%(what)s），读不出来。请重新导出或另存为 .xlsx 再导入。"),
    "file.reader_died": _("读这个文件时超出了内存或时间的限度，没有读完，什么都没有导入。请另存为 .xlsx 或 CSV（UTF-8）再导入。"),
    "file.encoding": _("认不出文件的编码。请用 Excel 另存为“CSV UTF-8”或 .xlsx，再导入。"),
    "file.unclosed_quote": _("第 %(line)s 行的引号没有收尾，后面的内容会被吞掉。请补上引号，或另存为 .xlsx 再导入。"),
    "file.no_heading": _("找不到表头。%(dataset)s表至少要有这些列：%(required)s。"),
    "file.missing_columns": _("表头在第 %(row)s 行，缺少这些列：%(columns)s。请补上，或用对应指明（例如 --map 表里的列名=%(example)s）。"),
    "file.two_headings": _("表头占了两行（第 %(first)s 行和第 %(second)s 行）。请合成一行再导入。"),
    "file.duplicate_headings": _("有重复的列名：%(columns)s。请改成不同的名字，或删去多余的列。"),
    "file.two_columns_one_field": _("有两列都对到“%(field)s”：%(columns)s。请指明用哪一列（例如 --map %(first)s=%(code)s）。"),
    "file.no_rows": _("只有表头（第 %(row)s 行），没有数据。"),
    "file.unknown_map": _("对应 %(map)s 用不上：表里没有这一列，或没有这个字段。字段有：%(fields)s。"),
    "file.no_sheet": _("工作簿里没有可以读的表（隐藏的表不读）。"),
}

# One row is refused; the others go on.
ROW = {
    "cell.formula_without_value": _("公式无值：这一格是公式，文件里没有存下结果。请在 Excel 里打开、保存一次，或粘贴为数值。"),
    "row.too_long": _("有一格的内容太长，读不下"),
    "cell.error_value": _("这一格是 Excel 的错误值 %(value)s"),
    "row.undecodable": _("有读不出的字符（编码坏了）"),
    "row.nul": _("有空字符（NUL），内容可能已损坏"),
    "row.quote": _("引号没有成对，这一行分不清列"),
    "row.too_many_cells": _("这一行的格比表头多，多半是内容里夹了分隔符"),
    "required.missing": _("缺少%(column)s"),
    "text.too_long": _("%(column)s有 %(length)s 个字，最多 %(limit)s 个"),
    "choice.unknown": _("%(column)s“%(value)s”认不出，可以写：%(choices)s"),
    "identifier.scientific": _("%(column)s已被 Excel 截断成科学计数法，请按文本重填"),
    "credit_code.form": _("统一社会信用代码要 18 位，由数字和大写字母组成（没有 I、O、S、V、Z）"),
    "credit_code.check_digit": _("统一社会信用代码的校验位不对，多半抄错了一位"),
    "number.decimals": _("“%(value)s”的小数多于四位"),
    "number.too_big": _("“%(value)s”太大了"),
    "number.invalid": _("“%(value)s”不是数字"),
    "customer.no_name": _("没有姓名，也没有客户编号"),
    "customer.new_without_name": _("新客户要有姓名"),
    "customer.ambiguous": _("按%(how)s找到不止一位客户，请写上客户编号"),
    "customer.repeated": _("与第 %(row)s 行是同一位客户，内容不同，请先定以哪行为准"),
    "deal.no_customer": _("没有客户：这一行没有写客户编号，也没有能认出客户的姓名和电话"),
    "deal.unknown_customer": _("没有这位客户：%(customer)s"),
    "deal.two_customers": _("单号 %(number)s 下有两位客户，整单不导入"),
    "deal.other_line": _("同一单号 %(number)s 的第 %(row)s 行有错，整单不导入"),
    "deal.zero": _("金额是 0。销售和退款的金额不能是 0；服务请在类型里写“服务”"),
    "deal.no_amount": _("没有金额，也没有数量和单价"),
    "deal.negative": _("类型是%(kind)s，金额却是负数；退款请在类型里写“退款”"),
    "deal.in_future": _("日期在将来，怕是写错了"),
    "deal.two_kinds": _("单号 %(number)s 下有两种类型，整单不导入"),
    "deal.too_big": _("金额超过了能记的上限"),
    "contract.end_before_start": _("结束日期在开始日期之前"),
    "contract.no_number_or_customer": _("没有客户"),
    "payment.zero": _("收款金额是 0"),
    "unknown.store": _("没有这个门店：%(name)s"),
    "unknown.staff": _("没有这位员工：%(name)s"),
}

# Said once about the file; nothing is refused for it.
WARNINGS = {
    "merged": _("有 %(count)s 处合并单元格（第一处 %(where)s）：只有左上角的格有值，其余按空格读。"),
    "hidden_rows": _("有 %(count)s 行是隐藏的（第一行是第 %(row)s 行），也读了。"),
    "hidden_sheets": _("有隐藏的表没有读：%(names)s。"),
    "other_sheets": _("只读了“%(name)s”，其余的表没有读：%(names)s。"),
    "title_rows": _("表头在第 %(row)s 行，上面的 %(count)s 行没有读。"),
    "unknown_columns": _("这些列认不出，没有读：%(columns)s。"),
    "unnamed_columns": _("有内容的列没有列名，没有读：%(columns)s。"),
    "macros": _("文件里有宏，没有运行，也没有保留。"),
    "rounded": _("有 %(count)s 个金额多于两位小数，已四舍五入到分（第一个在第 %(row)s 行）。"),
    "wan": _("“%(column)s”按万元读，已乘以 10,000。"),
    "encoding": _("按 %(encoding)s 编码读的，请看一眼中文对不对。"),
    "same_phone": _("有 %(count)s 对客户同号不同名，没有合并，已列入查重。"),
    "renamed": _("有 %(count)s 位客户会改名（第一位在第 %(row)s 行：%(old)s → %(new)s）。"),
    "unallocated": _("有 %(count)s 笔收款对不上成交单号，记为客户的未分配款。"),
    "unknown_stores": _("这些门店系统里没有：%(names)s。"),
    "unknown_staff": _("这些员工系统里没有：%(names)s。"),
    "far_rows": _("第 %(row)s 行只在没有列名的地方有内容，没有读。"),
    "several_lines": _("有 %(count)s 个单号占了不止一行，各行算同一笔成交。"),
}


def refuse(code: str, **slots: str | int) -> Refused:
    """The refusal of a file (or of a row, where it is raised by itself) with its sentence."""
    return Refused(code, (FILE | ROW)[code], **slots)
