"""The empty forms for need lists and result lists."""

from __future__ import annotations

from pathlib import Path

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from matcher import fields
from matcher.intake import formulas
from matcher.intake.column_names import BUDGET, ORGANISATION, ORGANISATION_REGION, Column
from matcher.intake.columns import table
from matcher.intake.examples import EXAMPLES, LISTS
from matcher.intake.report import Kind

LAST_ROW = 2000
"""Drop-downs reach so far down."""

_HEAD = PatternFill("solid", fgColor="DCE6F2")
_MUST = PatternFill("solid", fgColor="F9E2D2")
_EXAMPLE = Font(italic=True, color="808080")

_MATURITIES = (
    "概念 (TRL 2)",
    "概念验证 (TRL 3)",
    "小试 (TRL 4)",
    "中试 (TRL 6)",
    "示范 (TRL 7)",
    "产业化 (TRL 9)",
) + tuple(f"TRL {level}" for level in range(1, 10))
_MODES = ("技术开发", "技术转让", "技术许可", "技术咨询", "技术服务", "作价投资", "联合研发", "专利开放许可")
_DISCLOSURES = ("公开", "摘要", "经同意")
_STAGES = ("初期", "中期", "成熟")

_TRL_NOTE = "TRL 1-9 或阶段：概念、概念验证、小试、中试、示范、产业化。\nTRL 1-9 or a stage."
_TEXT_NOTE = "按您的习惯书写，中英文均可。\nAny length, Chinese or English."
_NOTES = {
    "title": "必填；留空时取描述的第一句。\nRequired; taken from the description's first clause if empty.",
    "reference": "您自己的编号。再次导入时按编号更新。\nYour own number; a file brought again is matched by it.",
    "indicators": "每行一条：名称、符号、数值、单位（测试方法）。期望类指标写（期望）。\n"
    "One a line: name, sign, value, unit (test method). Mark wishes with (nice).\n例 e.g. 抗拉强度 ≥ 800 MPa (GB/T "
    "228)",
    BUDGET: "金额或范围，带单位；可写“面议”。\nAn amount or range with its unit.\n例 e.g. 50-80万元, USD 30,000",
    "budget_min": "预算分两列填写时用。\nFor a budget in two columns.",
    "budget_max": "预算分两列填写时用。\nFor a budget in two columns.",
    "price": "金额，带单位；可写“面议”。\nAn amount with its unit, or 'negotiable'.",
    "currency": "不写为人民币。\nCNY if empty.",
    "funding_share": "财政或共同出资方承担的比例。\nThe part paid by public money or a co-funder, e.g. 50%",
    "deadline": "例 e.g. 2027-03-31, 2027年3月, 31 March 2027",
    "maturity": _TRL_NOTE,
    "maturity_now": _TRL_NOTE,
    "maturity_wanted": _TRL_NOTE,
    "maturity_stage": "初期、中期、成熟。\nEarly, middle, mature.",
    "preferred_regions": "省或市，用顿号分开。\nProvinces or cities, separated by commas.",
    ORGANISATION_REGION: "企业所在的省或市，不是意向地区。\nWhere the company is; not where a partner should be.",
    "region": "省或市。\nProvince or city.",
    "field": "从列表选择，见“选项”工作表。\nChoose from the list; see the second sheet.",
    "keywords": "用顿号分开。\nSeparated by commas.",
    "cooperation_modes": "可选一项，也可写多项，用顿号分开。\nChoose one, or write several separated by commas.",
    "disclosure": "公开：全文可见；摘要：仅标题与关键词；经同意：先征求您的同意。\nPublic, summary only, or by "
    "consent.",
    "rights": "号码与状态，用分号分开。\nNumbers with their state.\n例 e.g. ZL202310123456.7（授权）；CN116123456A "
    "申请中",
    ORGANISATION: "清单含多家单位时填写。\nWhen the list holds several organisations.",
}
_WIDE = {"problem", "abstract", "current_state", "indicators", "innovation", "advantage", "title"}


def write_template(kind: Kind, path: Path) -> None:
    """Writes an empty form: a sheet to fill in, with two examples, and a sheet of the choices.

    The examples are known again by their number and title and never imported as they stand.
    """
    workbook = Workbook()
    sheet = workbook.active
    sheet.title = "技术需求 Needs" if kind is Kind.NEEDS else "科技成果 Results"
    columns = table(kind)
    lists = _write_lists(workbook)
    for position, column in enumerate(columns, start=1):
        letter = get_column_letter(position)
        must = column.field in ("title", "problem", "abstract")
        cell = sheet.cell(1, position, _heading(column))
        cell.font, cell.fill = Font(bold=True), _MUST if must else _HEAD
        cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal="center")
        cell.comment = Comment(_NOTES.get(column.field, _TEXT_NOTE), "Jiebang", width=320, height=120)
        sheet.column_dimensions[letter].width = 42 if column.field in _WIDE else 20
        if column.field in lists:
            choice = DataValidation(type="list", formula1=lists[column.field], allow_blank=True, showErrorMessage=False)
            choice.add(f"{letter}2:{letter}{LAST_ROW}")
            sheet.add_data_validation(choice)
    for row, example in enumerate(EXAMPLES[kind], start=2):
        for position, column in enumerate(columns, start=1):
            cell = sheet.cell(row, position)
            formulas.fill(cell, example.get(column.field))
            cell.font, cell.alignment = _EXAMPLE, Alignment(wrap_text=True, vertical="top")
    sheet.row_dimensions[1].height = 32
    sheet.freeze_panes = "B2"
    workbook.save(path)


def _heading(column: Column) -> str:
    return f"{column.zh} {column.en}"


def _write_lists(workbook: Workbook) -> dict[str, str]:
    """The sheet of choices; and, for each field of the form that has some, the cells that hold them."""
    sheet = workbook.create_sheet(LISTS)
    choices: dict[str, tuple[str, ...]] = {
        "field": tuple(f"{'　' if field.parent else ''}{field.zh}" for field in fields.tree()),
        "cooperation_modes": _MODES,
        "disclosure": _DISCLOSURES,
        "maturity": _MATURITIES,
        "maturity_stage": _STAGES,
    }
    ranges: dict[str, str] = {}
    for position, (name, values) in enumerate(choices.items(), start=1):
        letter = get_column_letter(position)
        sheet.cell(1, position, name).font = Font(bold=True)
        for row, value in enumerate(values, start=2):
            sheet.cell(row, position, value)
        sheet.column_dimensions[letter].width = 28
        ranges[name] = f"'{LISTS}'!${letter}$2:${letter}${len(values) + 1}"
    position = len(choices) + 1
    sheet.cell(1, position, "field (English)").font = Font(bold=True)
    for row, field in enumerate(fields.tree(), start=2):
        sheet.cell(row, position, field.en)
    sheet.column_dimensions[get_column_letter(position)].width = 40
    ranges["maturity_now"] = ranges["maturity_wanted"] = ranges["maturity"]
    return ranges
