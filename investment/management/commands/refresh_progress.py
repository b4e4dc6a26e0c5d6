from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from investment import progress
from investment.models import ProgressYear, RefreshRun


class Command(BaseCommand):
    help = "重新计算全部进度（或一个年度），核对并修复，逐年说明变动了什么。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--year", type=int, help="只计算这一年度；不填则计算所有已有数据的年度")

    def handle(self, *args: Any, **options: Any) -> None:
        known = ProgressYear.objects.order_by("year").values_list("year", flat=True)
        years = [options["year"]] if options["year"] else list(known)
        for year in years:
            self._refresh(year)
        if not years:
            self.stdout.write("还没有任何年度的数据。")

    def _refresh(self, year: int) -> None:
        run = progress.request_run(year, RefreshRun.Trigger.MANUAL)
        outcome = progress.start_run(run.id)
        if outcome is None:
            self.stdout.write(f"{year}年：已由后台进程接手，结果见计算记录。")
            return
        counted = f"核对 {outcome.projects} 个项目，更正 {outcome.rows} 行项目进度、{outcome.groups} 行分组进度。"
        self.stdout.write(f"{year}年：{counted}")
        run.refresh_from_db()
        for finding in run.findings:
            self.stdout.write(f"  {finding}")
