import os
import secrets
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from investment.models import MonthlyReport
from investment.year_2018.loading import DatabaseNotEmptyError, is_loaded, load_2018
from projects.models import Project, User


class Command(BaseCommand):
    help = "在空数据库中载入 2018 年数据和示例账号；密码取自环境变量 DEMO_PASSWORD，未设则自动生成。"

    def handle(self, *args: Any, **options: Any) -> None:
        if is_loaded():
            self.stdout.write("2018 年数据已在库中，未作任何改动；示例账号已存在，密码不变。")
            return
        given = os.environ.get("DEMO_PASSWORD")
        password = given or secrets.token_urlsafe(9)
        try:
            users = load_2018(password)
        except DatabaseNotEmptyError as found:
            raise CommandError(
                f"数据库中已有其他数据（{found}），未作任何改动。2018 年数据只能载入空数据库："
                "请把 DATA_DIR 或 DATABASE_URL 指向一个新库，运行 migrate 后再试。"
            ) from found
        samples, projects = Project.objects.filter(is_sample=True).count(), Project.objects.count()
        self.stdout.write(f"已载入：示例项目 {samples} 个，公开项目 {projects - samples} 个。")
        self.stdout.write(f"月报：{MonthlyReport.objects.count()} 份；2018、2019 年进度已算好。")
        self._write_accounts(users)
        self.stdout.write("密码：取自 DEMO_PASSWORD。" if given else f"密码（只显示这一次）：{password}")

    def _write_accounts(self, users: list[User]) -> None:
        self.stdout.write("账号：")
        for user in users:
            role, place = user.groups.get(), user.organisation or user.official
            self.stdout.write(f"  {user.username:<10} {role} · {place}")
