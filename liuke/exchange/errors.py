"""The rows that could not be loaded, as an Excel file: the original columns, and the reason in a last one."""

from pathlib import Path

import xlsxwriter

from liuke.exchange.report import Refusal
from liuke.exchange.table import Table

SAFE = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "constant_memory": True}
EXCEL_CELL = 32_767


def write_errors(table: Table, refusals: list[Refusal], out: Path) -> int:
    """Reads the table once more and writes the refused rows. Returns how many. Every cell is text: nothing is run or linked."""
    reasons = {refusal.row: refusal for refusal in refusals}
    book = xlsxwriter.Workbook(str(out), SAFE)
    try:
        sheet = book.add_worksheet("不能导入的行")
        bold = book.add_format({"bold": True})
        for j, text in enumerate([*table.headings, "行号", "原因"]):
            sheet.write_string(0, j, text[:EXCEL_CELL], bold)
        line = 0
        for chunk in table.chunks():
            for i, number in enumerate(chunk.numbers):
                refusal = reasons.get(number)
                if refusal is None:
                    continue
                line += 1
                for j, column in enumerate(chunk.cells):
                    if column[i]:
                        sheet.write_string(line, j, column[i].replace("\0", "?")[:EXCEL_CELL])
                sheet.write_number(line, len(table.headings), number)
                told = f"{refusal.column}：{refusal.reason}" if refusal.column else refusal.reason
                sheet.write_string(line, len(table.headings) + 1, told)
        return line
    finally:
        book.close()
