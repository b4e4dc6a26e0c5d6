import json
import sys
import unicodedata
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from investment.figures import Check, check_figures, published_years
from investment.freshness import freshness


class Command(BaseCommand):
    help = "逐项核对一个年度的公布数据：从库中各行重新计算，与公布值比较；有一项不一致则以状态 1 退出。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("year", type=int, help="年度，例如 2018")
        parser.add_argument("--format", choices=("text", "json"), default="text", help="输出格式，默认 text")

    def handle(self, *args: Any, **options: Any) -> None:
        year = options["year"]
        try:
            checks = check_figures(year)
        except FileNotFoundError as missing:
            known = "、".join(str(each) for each in published_years())
            raise CommandError(f"没有 {year} 年的公布数据。可核对的年度：{known}。") from missing
        if options["format"] == "json":
            self.stdout.write(json.dumps([_as_json(check) for check in checks], ensure_ascii=False, indent=2))
        else:
            self._write_table(year, checks)
        if not all(check.agrees for check in checks):
            sys.exit(1)

    def _write_table(self, year: int, checks: list[Check]) -> None:
        rows = [("编号", "重算", "公布", "单位", "核对", "依据"), *(_as_text(check) for check in checks)]
        widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
        for row in rows:
            cells = [cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=False)]
            self.stdout.write("  ".join([*cells, row[-1]]))
        if freshness(year).updating:
            self.stdout.write("注意：还有变动未计入进度，金额和完成率不是最新。请运行 refresh_progress 后再核对。")
        wrong = [check.published.id for check in checks if not check.agrees]
        result = f"{len(wrong)} 项不一致：{'、'.join(wrong)}。" if wrong else "全部一致。"
        self.stdout.write(f"{year} 年公布数据 {len(checks)} 项，{result}")


def _as_json(check: Check) -> dict[str, Any]:
    """Numbers are strings, so that no reader makes floats of them."""
    published = check.published
    return {
        "id": published.id,
        "value": None if check.value is None else _plain(check.value),
        "unit": published.unit,
        "published": _plain(published.value),
        "agrees": check.agrees,
        "derivation": check.derivation,
    }


def _as_text(check: Check) -> tuple[str, ...]:
    published = check.published
    value = "无数据" if check.value is None else _plain(check.value)
    printed = ("超过 " if published.at_least else "") + _plain(published.value)
    return published.id, value, printed, published.unit, "一致" if check.agrees else "不一致", check.derivation


def _plain(value: Decimal) -> str:
    """'85.9': without exponent and without idle zeros."""
    return f"{value.normalize():f}"


def _width(text: str) -> int:
    """Columns that a terminal needs: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
