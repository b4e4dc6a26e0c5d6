"""`/wall/`: what the screen on the wall says, to whom, for how long, and what the city office sets of it."""

import datetime
import re
from decimal import Decimal
from html import unescape

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.html import strip_tags

from investment import progress
from investment.models import MonthlyReport, Period, Wall, wall_of
from investment.months import Month
from investment.overview import curve
from investment.places import place_of
from investment.views import wall as views
from investment.wall import Changes, Lagging, curve_of
from projects.models import HistoryEntry
from tests.factories import AreaFactory, MonthlyReportFactory, OfficialFactory, city, correct
from tests.factories import project_with_yi as project_with
from tests.pages import said

PAGES = ["overall", "categories", "areas", "lagging", "changes", "map"]


def close(month):
    Period.objects.filter(year=2018, month=month).update(closed_at=timezone.now())


@pytest.fixture
def two(cast):
    """慈利县 behind in January and February, 桑植县 on plan in January and behind in February; both closed."""
    for name, amounts in (("慈利县", ["0.7", "0.7"]), ("桑植县", [1, "0.5"])):
        project_with(
            plan=12, reports=amounts, area=AreaFactory(name=name), name=f"示例·{name}项目",
            liaison_leader=OfficialFactory(post=f"示例·{name}联系领导"),
        )  # fmt: skip
    progress.refresh_stale()
    for month in (1, 2):
        Period.objects.get_or_create(year=2018, month=month)
        close(month)


@pytest.fixture
def leader(client, cast):
    client.force_login(cast.leader)
    return client


def page(response, name):
    """One page of the wall as text."""
    found = re.search(
        rf'<section class="wall-page[^"]*" data-page="{name}".*?</section>', response.content.decode(), re.DOTALL
    )
    return " ".join(unescape(strip_tags(found[0])).split())


def headline(response, name):
    found = re.search(rf'data-page="{name}".*?<h2>(.*?)</h2>', response.content.decode(), re.DOTALL)
    return " ".join(strip_tags(found[1]).split())


def shown(response):
    return re.findall(r'data-page="(\w+)"', response.content.decode())


# ---- what it says ----


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("overall", "完成年度计划 12.08%"),
        ("categories", "1 类中 1 类滞后"),
        ("areas", "2 个区县慢于时间进度"),
        ("lagging", "没有项目严重滞后"),
        ("changes", "2月新增投资 1.20 亿元"),
        ("map", "慈利县最慢，完成 11.67%"),
    ],
)
def test_each_page_has_one_thing_to_remember(leader, two, name, expected):
    assert headline(leader.get("/wall/"), name) == expected


def test_the_first_page_says_how_far_and_how_that_compares(leader, two):
    text = page(leader.get("/wall/"), "overall")
    for part in ("慢于时间进度 4.59 个百分点", "◆ 重点跟踪", "累计完成 2.90亿元", "年度计划 24.00亿元", "项目 2个"):
        assert part in text


def test_what_lags_is_counted_and_the_worst_named_first(leader, two):
    text = page(leader.get("/wall/"), "lagging")
    assert "滞后项目 2个 较上月 +1" in text
    assert text.index("示例·慈利县项目 11.67%") < text.index("示例·桑植县项目 12.50%")


def test_changes_name_what_lags_newly(leader, two):
    text = page(leader.get("/wall/"), "changes")
    for part in ("比2018年1月少 0.50 亿元", "完成率提高 5.00 个百分点", "新滞后 1个", "已赶上 0个"):
        assert part in text
    assert "示例·桑植县项目" in text
    assert "示例·慈利县项目" not in text


def test_without_new_ones_the_largest_amounts_are_named(leader, two):
    text = page(leader.get("/wall/?month=2018-01"), "changes")
    assert "没有可比的上月" in text
    assert "本月完成投资最多的项目 示例·桑植县项目 1.00亿元" in text


def test_january_is_compared_with_december_by_its_amount_only(cast, two):
    project = MonthlyReport.objects.first().project
    MonthlyReportFactory(project=project, year=2018, month=12, amount=Decimal(2_000))
    MonthlyReportFactory(project=project, year=2019, month=1, amount=Decimal(3_000))
    progress.refresh_stale()
    changes = Changes(place_of(cast.leader, "2019-01"))
    assert (changes.more, changes.rate_gained, changes.newly_lagging, changes.recovered) == (
        Decimal(1_000), None, None, None,
    )  # fmt: skip


def test_a_project_that_caught_up_is_counted(cast):
    project_with(plan=12, reports=["0.1", 3])
    progress.refresh_stale()
    assert Changes(place_of(cast.leader, "2018-02")).recovered == 1


def test_those_far_behind_come_before_those_behind(cast):
    for name, amount in (("示例·甲", "0.9"), ("示例·乙", "0.5"), ("示例·丙", "0.1")):
        project_with(plan=12, reports=[amount], name=name)
    progress.refresh_stale()
    assert [row.project.name for row in Lagging(place_of(cast.leader, None)).worst] == ["示例·丙", "示例·乙", "示例·甲"]


def test_before_a_report_is_approved_there_is_no_figure(leader):
    project_with(plan=12)
    progress.refresh_stale()
    answer = leader.get("/wall/")
    assert headline(answer, "overall") == "1月还没有审定月报"
    assert "累计完成 —" in page(answer, "overall")


def test_the_screen_says_as_of_when_it_is(leader, two):
    assert re.search(r"张家界市 · 2018年2月 · 数据时间 20\d\d-\d\d-\d\d \d\d:\d\d", said(leader.get("/wall/")))


def test_without_figures_the_wall_waits(leader):
    assert shown(leader.get("/wall/")) == ["none"]


@pytest.mark.parametrize(("look", "status"), [("light", 200), ("dark", 200), ("pink", 404)])
def test_the_wall_is_dark_or_light(leader, two, look, status):
    assert leader.get(f"/wall/?look={look}").status_code == status


def test_the_wall_is_dark_unless_asked(leader, two):
    assert 'data-look="dark"' in leader.get("/wall/").content.decode()


# ---- the curve ----


def test_the_curve_stays_in_its_box_and_its_levels_are_round(cast):
    project_with(plan=110, reports=[10, 30])
    progress.refresh_stale()
    drawn = curve_of(curve(place_of(cast.leader, None).totals, Month(2018, 2)))
    assert [text for _, text in drawn.marks] == ["20", "40", "60", "80", "100", "120"]
    assert drawn.actual == "41.7,476.7 125.0,346.7"
    assert drawn.bars == [(16.7, 476.7, 43.3), (100.0, 390.0, 130.0)]


def test_the_two_ends_are_kept_apart(cast):
    project_with(plan=12, reports=[1] * 12)
    progress.refresh_stale()
    (_, plan, _), (_, actual, _) = curve_of(curve(place_of(cast.leader, None).totals, Month(2018, 12))).ends
    assert abs(plan - actual) == 90


def test_nothing_is_drawn_of_nothing():
    assert curve_of([]).actual == ""


# ---- new figures ----


def test_the_data_are_the_pages_without_the_screen(leader, two):
    answer = leader.get("/wall/data/")
    assert shown(answer) == PAGES
    assert "<html" not in answer.content.decode()


def test_what_was_seen_is_no_news(leader, two):
    etag = leader.get("/wall/data/").headers["ETag"]
    again = leader.get("/wall/data/", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")


def test_an_approved_figure_is_news(leader, two):
    etag = leader.get("/wall/data/").headers["ETag"]
    correct(MonthlyReport.objects.filter(month=2).first(), 9_000)
    progress.refresh_stale()
    answer = leader.get("/wall/data/", headers={"If-None-Match": etag})
    assert (answer.status_code, headline(answer, "changes")) == (200, "2月新增投资 1.40 亿元")


def test_the_data_are_nobody_elses(leader, two):
    assert leader.get("/wall/data/").headers["Cache-Control"] == "private, no-cache"


def test_a_new_month_is_followed_when_it_closes(leader, two):
    for report in MonthlyReport.objects.filter(month=2):
        MonthlyReportFactory(project=report.project, month=3, amount=Decimal(5_000))
    progress.refresh_stale()
    assert "2018年2月" in said(leader.get("/wall/data/"))
    Period.objects.get_or_create(year=2018, month=3)
    close(3)
    assert "2018年3月" in said(leader.get("/wall/data/"))


def test_the_month_of_the_address_is_kept(leader, two):
    assert '?month=2018-01"' in leader.get("/wall/?month=2018-01").content.decode()
    assert "2018年1月" in said(leader.get("/wall/data/?month=2018-01"))


# ---- who sees what ----


def test_a_reporter_sees_the_own_part_only(client, cast):
    project_with(plan=12, reports=["0.5"], name="示例·别人的项目")
    project_with(plan=12, reports=["0.5"], name="示例·自己的项目", responsible_unit=cast.reporter.organisation)
    progress.refresh_stale()
    client.force_login(cast.leader)
    assert "示例·别人的项目" in said(client.get("/wall/"))
    client.force_login(cast.reporter)
    text = said(client.get("/wall/"))
    assert "示例·自己的项目" in text
    assert "示例·别人的项目" not in text


def test_no_leader_is_named_until_it_is_set(leader, two):
    assert "联系领导" not in leader.get("/wall/").content.decode()
    Wall.objects.create(city=city(), shows_people=True)
    assert "示例·慈利县联系领导" in page(leader.get("/wall/"), "lagging")


# ---- the session ----


def days_later(monkeypatch, days):
    later = timezone.now() + datetime.timedelta(days=days)
    monkeypatch.setattr(timezone, "now", lambda: later)


def test_the_session_has_ended_is_said_and_not_a_page(client, two):
    answer = client.get("/wall/data/")
    assert (answer.status_code, answer.content.decode()) == (401, "登录已失效。")


def test_the_wall_prolongs_its_session_once_a_day(leader, two, monkeypatch):
    leader.get("/wall/")
    assert "sessionid" not in leader.get("/wall/data/").cookies
    days_later(monkeypatch, 1)
    assert "sessionid" in leader.get("/wall/data/").cookies
    assert "sessionid" not in leader.get("/wall/data/").cookies


def test_an_answer_without_news_prolongs_it_too(leader, two, monkeypatch):
    etag = leader.get("/wall/data/").headers["ETag"]
    days_later(monkeypatch, 1)
    answer = leader.get("/wall/data/", headers={"If-None-Match": etag})
    assert (answer.status_code, "sessionid" in answer.cookies) == (304, True)


def test_after_ninety_days_it_is_not_prolonged_any_more(leader, two, monkeypatch):
    leader.get("/wall/")
    for _ in range(views.KEPT_DAYS // 10):
        days_later(monkeypatch, 10)
        assert "sessionid" in leader.get("/wall/data/").cookies
    days_later(monkeypatch, 1)
    assert "sessionid" not in leader.get("/wall/data/").cookies


def test_other_pages_prolong_nothing(leader, two, monkeypatch):
    leader.get("/wall/")
    days_later(monkeypatch, 1)
    assert "sessionid" not in leader.get("/map/").cookies


def test_whoever_logs_out_is_out(leader, two):
    leader.get("/wall/")
    leader.post("/accounts/logout/")
    assert leader.get("/wall/data/").status_code == 401


# ---- what the office sets ----

FORM = dict.fromkeys(Wall.PAGES, "") | {"overall": 2, "lagging": 1, "map": 3, "seconds": 30, "month": ""}


@pytest.fixture
def office(client, cast):
    client.force_login(cast.office)
    return client


def test_the_office_sets_pages_order_and_seconds(office, two):
    assert office.post("/wall/settings/", FORM).url == "/wall/settings/"
    answer = office.get("/wall/data/")
    assert shown(answer) == ["lagging", "overall", "map"]
    assert 'data-seconds="30"' in answer.content.decode()


def test_a_fixed_month_stays(office, two):
    office.post("/wall/settings/", {**FORM, "month": "2018-01"})
    assert "2018年1月" in said(office.get("/wall/data/"))


def test_a_fixed_month_that_has_no_figures_any_more_gives_way_to_the_latest(office, two):
    Wall.objects.create(city=city(), month="2017-01")
    assert "2018年2月" in said(office.get("/wall/data/"))
    assert "2017-01（目前没有数据）" in said(office.get("/wall/settings/"))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"seconds": 4}, "每页停留时间应在 5 至 600 秒之间。"),
        ({"seconds": 601}, "每页停留时间应在 5 至 600 秒之间。"),
        ({"overall": "", "lagging": "", "map": ""}, "至少要有一个页面。"),
        ({"month": "2018-09"}, "2018-09"),
    ],
)
def test_what_makes_no_wall_is_refused(office, two, change, sentence):
    answer = office.post("/wall/settings/", FORM | change)
    assert (answer.status_code, sentence in said(answer)) == (200, True)
    assert not Wall.objects.exists()


def test_history_says_who_set_what(office, cast, two):
    office.post("/wall/settings/", FORM)
    office.post("/wall/settings/", FORM | {"shows_people": "on"})
    entry = HistoryEntry.objects.filter(content_type__model="wall").latest("pk")
    assert (entry.actor, entry.changes) == (cast.office, {"shows_people": [False, True]})


@pytest.mark.parametrize("who", ["reporter", "neighbour", "reviewer", "leader", "admin"])
def test_nobody_else_sets_anything(client, cast, two, who):
    client.force_login(getattr(cast, who))
    assert client.post("/wall/settings/", FORM).status_code == 404
    assert not Wall.objects.exists()


def test_pages_of_equal_place_keep_the_usual_order(cast):
    assert Wall(city=city(), overall=1, categories=1, areas=1, lagging=None, changes=1, map=1).pages == [
        "overall", "categories", "areas", "changes", "map",
    ]  # fmt: skip


def test_until_somebody_sets_it_the_wall_shows_everything_and_nobody(cast):
    wall = wall_of(city())
    assert (wall.pages, wall.seconds, wall.shows_people, wall.month) == (PAGES, 20, False, "")


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [({"seconds": 1}, "wall_seconds_in_range"), (dict.fromkeys(Wall.PAGES), "wall_shows_a_page")],
)
def test_the_database_refuses_what_makes_no_wall(cast, fields, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Wall.objects.create(city=city(), **fields)


# ---- queries ----


@pytest.mark.parametrize("projects", [1, 3])
def test_the_wall_asks_the_same_questions_however_many_projects(leader, django_assert_num_queries, projects):
    for n in range(projects):
        project_with(plan=12, reports=["0.1", "0.1"], area=AreaFactory(name=f"{n} 区"))
    progress.refresh_stale()
    leader.get("/wall/data/?month=2018-01")  # the session knows the day
    with django_assert_num_queries(35):
        leader.get("/wall/data/")
    with django_assert_num_queries(6):
        leader.get("/wall/data/")
