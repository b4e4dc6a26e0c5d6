"""`/lamps/`: whoever sees the city reads the rules; the office tries others, without saving, and adopts them."""

import re
from decimal import Decimal

import pytest
from django.utils import timezone

from investment import lamps, progress, tasks
from investment.models import LampRule, LampRules, Period, ProjectProgress
from investment.models.lamp_rules import adopt
from investment.months import Month
from projects.models import Status
from projects.models.history import HistoryEntry
from tests.factories import project_with

pytestmark = pytest.mark.django_db


def said(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


@pytest.fixture
def world(cast):
    """Three open months; in the last one project is ahead, one lags and one lags far."""
    named = {"快": [130] * 3, "慢": [100, 100, 60], "差": [100, 50, 20]}
    found = {name: project_with(plan=1200, reports=reports, name=f"示例·{name}") for name, reports in named.items()}
    progress.refresh_stale()
    return found


@pytest.fixture
def office(client, cast):
    client.force_login(cast.office)
    return client


def typed(page, **changes):
    """What a browser would send of the form as it stands on the page, with changes; `row3_word` is of the third row."""
    form = page.context["form"]
    data = {f"rule-{name}": form.management_form[name].value() for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    for rule in form:
        for field in rule:
            if field.name != "gone":
                data[field.html_name] = "" if field.value() is None else field.value()
    data["version"] = page.context["version_read"]
    for name, value in changes.items():
        where, _, field = name.partition("_")
        data[f"rule-{where.removeprefix('row')}-{field}" if where.startswith("row") else name] = value
    return data


def post(client, act, page=None, **changes):
    page = page or client.get("/lamps/")
    return client.post("/lamps/", {**typed(page, **changes), "act": act})


# ---- reading ----


def test_the_rules_in_force_stand_with_thresholds_words_and_reasons(client, cast, world):
    client.force_login(cast.leader)
    text = said(client.get("/lamps/"))
    assert "2018 年亮灯规则 现行第 1 版" in text
    assert "80 至 95% ◆ 滞后 完成累计计划的 …%，慢于计划。" in text
    assert "应开工未开工满 3 个月 ■ 久未开工 计划开工日期已过 … 个月，尚未开工。" in text
    assert "更改规则" not in text


def test_each_lamp_says_its_projects_and_leads_to_them(office, world):
    page = office.get("/lamps/")
    numbers = {lamp.code: (number, address) for lamp, number, address in page.context["desk"].numbers}
    assert {code: number for code, (number, _) in numbers.items()} == {
        "far-behind": 1, "behind": 1, "normal": 0, "ahead": 1, "reached": 0, "none": 0,
    }  # fmt: skip
    for number, address in numbers.values():
        assert len(office.get(address).context["table"].projects) == number


def test_an_open_month_that_has_begun_is_shown_first(office, world):
    assert office.get("/lamps/").context["place"].month == Month(2018, 3)
    Period.objects.filter(month=3).update(closed_at=timezone.now())
    assert office.get("/lamps/?year=2018").context["place"].month == Month(2018, 2)
    assert office.get("/lamps/?year=2017&month=2018-01").context["place"].month == Month(2018, 1)  # as its arrows lead
    assert "2018年3月各色灯的项目 本月已关账，亮灯不再变动" in said(office.get("/lamps/?month=2018-03"))


@pytest.mark.parametrize("query", ["?year=2017", "?year=x", "?month=2018-13", "?month=2018-07"])
def test_what_has_no_figures_is_not_found(office, world, query):
    assert office.get(f"/lamps/{query}").status_code == 404


@pytest.mark.parametrize("who", ["reporter", "neighbour", "reviewer"])
def test_whoever_sees_a_part_of_the_city_does_not_find_the_page(client, cast, world, who):
    client.force_login(getattr(cast, who))
    assert client.get("/lamps/").status_code == 404
    assert 'href="/lamps/' not in client.get("/").content.decode()


@pytest.mark.parametrize("who", ["leader", "admin"])
@pytest.mark.parametrize("act", ["preview", "adopt"])
def test_only_the_office_changes_rules(client, cast, world, who, act):
    client.force_login(cast.office)
    data = typed(client.get("/lamps/"), row2_word="落后")
    client.force_login(getattr(cast, who))
    assert client.post("/lamps/", {**data, "act": act}).status_code == 404
    assert LampRules.objects.count() == 1


def test_the_page_takes_the_same_queries_for_1_and_for_3_projects(office, django_assert_num_queries):
    for number in (1, 2):
        for _ in range(number):
            project_with(plan=1200, reports=[70])
        progress.refresh_stale()
        office.get("/lamps/")
        with django_assert_num_queries(10):
            office.get("/lamps/")


# ---- trying ----


def test_a_trial_says_who_would_change_and_saves_nothing(office, world):
    before = list(ProjectProgress.objects.order_by("pk").values())
    page = post(office, "preview", row3_at_least="40")
    text = said(page)
    assert "试算：2018年3月有 1 个项目的亮灯会改变，其中 1 个改变颜色" in text
    assert "示例·差 ■ 严重滞后 ◆ 重点跟踪 只完成累计计划的 56.67%，列为重点跟踪。" in text
    assert "采用后，未关账的月份按新规则重新亮灯，已关账月份的亮灯不变。" in text
    assert list(ProjectProgress.objects.order_by("pk").values()) == before
    assert LampRules.objects.count() == 1


def test_a_trial_of_a_closed_month_says_that_it_stays_as_it_is(office, world):
    Period.objects.update(closed_at=timezone.now())
    assert "2018年3月已关账：采用新规则后，已关账月份的亮灯不变，这里只供比较。" in said(post(office, "preview"))


def test_what_is_tried_is_what_comes_of_it(office, world):
    page = office.get("/lamps/")
    changes = {"row3_at_least": "40", "row0_at_least": "150", "row9_word": "停了"}
    trial = post(office, "preview", page, **changes).context["trial"]
    moved = {change.project: change.after for change in trial.changes}
    expected = dict(trial.after)
    assert {project.name for project in moved} == {"示例·快", "示例·差"}
    assert post(office, "adopt", page, **changes).status_code == 302
    tasks.refresh_stale()
    rows = ProjectProgress.objects.filter(month=3).select_related("project")
    assert {row.project: row.lamp for row in rows if row.project in moved} == moved
    numbers = {lamp: number for lamp, number, _ in office.get("/lamps/").context["desk"].numbers if number}
    assert numbers == expected


# ---- adopting ----


def test_another_version_is_adopted_and_the_open_months_are_lit_anew(office, cast, world):
    Period.objects.filter(month=1).update(closed_at=timezone.now())
    answer = office.post("/lamps/", {**typed(office.get("/lamps/"), row4_word="差得远"), "act": "adopt"}, follow=True)
    assert "已采用2018年亮灯规则第 2 版。未关账的月份正在重新亮灯，已关账的月份不变。" in said(answer)
    adopted = LampRules.objects.get(version=2)
    assert (adopted.year, adopted.adopted_by) == (2018, cast.office)
    tasks.refresh_stale()
    rows = ProjectProgress.objects.filter(project=world["差"]).order_by("month")
    assert [row.lamp.word for row in rows[:3]] == ["正常", "重点跟踪", "差得远"]
    assert {row.lamp_rule.rules_id for row in rows} == {adopted.pk, LampRules.objects.get(version=1).pk}


def test_the_group_of_a_closed_month_is_judged_as_it_was_then(office, world):
    before = office.get("/?month=2018-01").context["place"].lamp
    progress.freeze_month(Month(2018, 1))
    Period.objects.filter(month=1).update(closed_at=timezone.now())
    post(office, "adopt", **{f"row{row}_word": "改了" for row in range(5)})
    tasks.refresh_stale()
    assert office.get("/?month=2018-01").context["place"].lamp == before
    assert office.get("/?month=2018-02").context["place"].lamp.word == "改了"


def test_a_rule_can_be_added_and_another_taken_away(office, world):
    spare = len(lamps.DEFAULT)
    changes = {
        f"row{spare}_measure": "7", f"row{spare}_lamp": "far-behind", f"row{spare}_word": "落后",
        f"row{spare}_reason": "较时间进度 {value} 个百分点。", f"row{spare}_first_month": "3", "row9_gone": "on",
    }  # fmt: skip
    assert post(office, "adopt", **changes).status_code == 302
    tasks.refresh_stale()
    assert ProjectProgress.objects.get(project=world["快"], month=3).lamp.word == "落后"
    world["快"].status = Status.STOPPED
    world["快"].save()
    progress.refresh_stale()
    assert ProjectProgress.objects.get(project=world["快"], month=2).lamp.word == "超前"


def test_the_change_stands_in_the_history(office, cast, world):
    post(office, "adopt", row4_word="差得远")
    entries = HistoryEntry.objects.filter(actor=cast.office)
    assert "2018年亮灯规则第 2 版" in {entry.object_repr for entry in entries}
    assert "累计完成 ÷ 累计计划 差得远" in {entry.object_repr for entry in entries}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"row0_at_least": "abc"}, "“abc”不是数字。"),
        ({"row0_at_least": "1001"}, "应在 0 至 1000 之间。"),
        ({"row0_at_least": "NaN"}, "最多两位小数。"),
        ({"row0_at_least": "95.001"}, "最多两位小数。"),
        ({"row0_at_least": "95"}, "“累计完成 ÷ 累计计划”有两行的起点相同。"),
        ({"row4_at_least": "10"}, "“累计完成 ÷ 累计计划”要有一行的起点留空，表示其余（最低的一档）。"),
        ({"row0_lamp": "far-behind"}, "“累计完成 ÷ 累计计划”的亮灯次序不对：越低应当越差。"),
        ({"row5_lamp": "far-behind", "row6_lamp": "behind"}, "“应开工未开工”的亮灯次序不对：越久应当越差。"),
        ({"row6_at_least": "1.5"}, "请填整数。"),
        ({"row6_at_least": ""}, "请填写从几个月起。"),
        ({"row9_at_least": "1"}, "这个指标没有起点，请留空。"),
        ({"row9_lamp": "ahead"}, "这个指标只能亮：滞后、严重滞后。"),
        ({"row9_reason": "停工 {value}"}, "这个指标没有数值，不能用 {value}。"),
        ({"row0_reason": "超前 {0}"}, "大括号只能用来写 {value}，显示时换成数值。"),
        ({"row0_reason": "长" * 61}, "原因不能超过 60 个字。"),
        ({"row0_word": ""}, "没有填写显示文字。"),
        ({"row0_word": "长" * 9}, "显示文字不能超过 8 个字。"),
        ({"row0_first_month": "13"}, "起始月应为 1 至 12。"),
        ({"row0_measure": "99"}, "没有这个指标。"),
        ({"row0_lamp": "purple"}, "没有这种灯。"),
        ({"row14_gone": "on"}, "不能缺少“没有年度计划”：这些项目要说明为什么不评价。"),
        ({f"row{row}_gone": "on" for row in range(5)}, "至少要有一组分档：累计完成 ÷ 累计计划，或较时间进度。"),
    ],
)
@pytest.mark.parametrize("act", ["preview", "adopt"])
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(office, world, act, changes, message):
    page = post(office, act, row3_reason="我写的原因", **changes)
    assert page.status_code == 422
    assert message in said(page)
    assert 'value="我写的原因"' in page.content.decode()
    assert LampRules.objects.count() == 1


def test_who_comes_second_is_told_and_keeps_what_was_typed(office, cast, world):
    page = office.get("/lamps/")
    adopt(2018, lamps.DEFAULT[:5] + lamps.DEFAULT[13:], adopted_by=cast.office)
    answer = post(office, "adopt", page, row4_word="差得远")
    assert answer.status_code == 422
    assert f"2018年的规则在您打开之后已由{cast.office}改为第 2 版。" in said(answer)
    assert 'value="差得远"' in answer.content.decode()
    assert LampRules.objects.count() == 2
    assert post(office, "adopt", answer).status_code == 302
    assert LampRule.objects.filter(rules__version=3, word="差得远").count() == 1


def test_nothing_new_is_no_version(office, world):
    assert "与现行规则相同，没有需要采用的改动。" in said(post(office, "adopt"))
    assert LampRules.objects.count() == 1


def test_points_are_typed_with_either_minus(office, world):
    spare = len(lamps.DEFAULT)
    rows = [("−10", "normal"), ("-30.5%", "behind")]
    changes = {}
    for number, (least, lamp) in enumerate(rows, start=spare):
        changes |= {
            f"row{number}_measure": "7", f"row{number}_at_least": least, f"row{number}_lamp": lamp,
            f"row{number}_word": "按点", f"row{number}_reason": "较时间进度 {value} 个百分点。",
        }  # fmt: skip
    page = post(office, "preview", **changes)
    assert "“较时间进度”要有一行的起点留空" in said(page)
    assert [form.rule.at_least for form in page.context["form"]][spare:] == [Decimal(-10), Decimal("-30.5")]
