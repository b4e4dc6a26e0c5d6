"""One cell saved, many reports handed in: what is stored, what is answered, what is refused."""

import json
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from investment.models import LostUpdateError, MonthlyReport, Period
from investment.month_cells import OvertakenError, save_cell
from investment.months import Month
from tests.factories import MonthlyReportFactory, project_with

pytestmark = pytest.mark.django_db
State = MonthlyReport.State
MARCH = Month(2018, 3)


@pytest.fixture
def project(cast):
    """The reporter's project: plan 1,200; 100 and 150 reported; March is expected."""
    for number in (1, 2, 3):
        Period.objects.create(year=2018, month=number)
    found = project_with(1200, [100, 150], responsible_unit=cast.reporter.organisation)
    MonthlyReportFactory(project=found, month=3, state=State.EXPECTED, amount=None)
    return found


def stored(project):
    return MonthlyReport.objects.get(project=project, month=3)


def send(client, user, project, field, value, version=1, **other):
    client.force_login(user)
    return post(client, user, project, field, value, version, **other)


def post(client, user, project, field, value, version=1, **other):
    body = {"account": user.pk, "month": "2018-03", "project": project.pk, "field": field, "value": value}
    return client.post("/month/cell/", json.dumps(body | {"version": version} | other), content_type="application/json")


def test_an_amount_is_saved_as_a_draft_and_answered_with_what_follows(client, cast, project):
    answer = send(client, cast.reporter, project, "amount", "110.5")
    assert answer.json() == {
        "project": project.pk,
        "name": project.name,
        "procedures": False,
        "editable": True,
        "planned": "1,200.00",
        "last": "150.00",
        "image_progress": "",
        "state": "saved",
        "shape": "●",
        "word": "已保存",
        "tone": "green",
        "kind": "已填好",
        "version": 2,
        "amount": "110.50",
        "year_to_date": "360.50",
        "rate": "30.04%",
        "check": "",
        "lacks": "",
        "doubts": [],
    }
    assert (stored(project).state, stored(project).amount) == (State.DRAFT, Decimal("110.5"))


def test_a_year_to_date_gives_the_amount(client, cast, project):
    answer = send(client, cast.reporter, project, "year_to_date", "360.5").json()
    assert (answer["amount"], answer["year_to_date"]) == ("110.50", "360.50")
    assert stored(project).amount == Decimal("110.5")


def test_a_year_to_date_below_the_months_before_is_refused(client, cast, project):
    answer = send(client, cast.reporter, project, "year_to_date", "249.99")
    assert answer.status_code == 422
    assert answer.json() == {
        "state": "invalid",
        "message": "本年累计 249.99 小于本月之前的累计 250.00，本月成了负数。需要核减以前月份的，请提出更正。",
    }
    assert stored(project).version == 1


def test_an_odd_amount_is_saved_with_its_doubts(client, cast, project):
    answer = send(client, cast.reporter, project, "amount", "1500").json()
    assert (answer["word"], answer["lacks"]) == ("待确认：与平时悬殊", "与平时悬殊，未写明原因")
    assert [doubt["code"] for doubt in answer["doubts"]] == ["tenfold", "over-plan"]
    assert stored(project).doubts == ["tenfold", "over-plan"]
    answer = send(client, cast.reporter, project, "explanation", "补计设备款", version=2).json()
    assert (answer["state"], answer["lacks"]) == ("saved", "")


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        ("received", "12.3", Decimal("12.3")),
        ("stage", "3", 3),
        ("stage", "", None),
        ("image_progress", " 封顶 ", "封顶"),
        ("problems", "用地未批", "用地未批"),
        ("next_plan", "设备安装", "设备安装"),
        ("contact", "张三 0744", "张三 0744"),
        ("explanation", "补计", "补计"),
        ("amount", "", None),
        ("amount", "0", Decimal(0)),
        ("amount", "１.2亿元", Decimal(12000)),
    ],
)
def test_each_field_is_saved_by_itself(client, cast, project, field, value, kept):
    assert send(client, cast.reporter, project, field, value).status_code == 200
    assert getattr(stored(project), field) == kept


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("amount", "1e5", "“1e5”不是金额。请填写数字，例如 1234.50，单位万元。"),
        ("amount", "-1", "本月完成投资不能是负数。需要核减以前月份的，请提出更正。"),
        ("received", "-0.01", "本月到位资金不能是负数。需要核减以前月份的，请提出更正。"),
        ("stage", "9", "没有这个建设阶段。"),
        ("contact", "长" * 61, "不能超过 60 个字，请精简（现有 61 个字）。"),
        ("state", "3", "没有“state”这一栏。"),
        ("version", "3", "没有“version”这一栏。"),
    ],
)
def test_what_cannot_be_read_is_answered_and_not_saved(client, cast, project, field, value, message):
    answer = send(client, cast.reporter, project, field, value)
    assert (answer.status_code, answer.json()) == (422, {"state": "invalid", "message": message})
    assert stored(project).version == 1


def test_who_was_overtaken_is_shown_the_others_values(client, cast, project):
    save_cell(project.pk, MARCH, {"amount": "90"}, 1, cast.reporter)
    answer = send(client, cast.reporter, project, "amount", "110")
    assert answer.status_code == 409
    found = answer.json()
    assert (found["state"], found["theirs"]["amount"], found["now"]["version"]) == ("conflict", "90.00", 2)
    assert "保存了草稿" in found["message"]
    assert stored(project).amount == Decimal(90)


def test_the_same_value_once_more_is_no_conflict(client, cast, project):
    """The answer to the first attempt was lost on the way."""
    send(client, cast.reporter, project, "amount", "110")
    answer = send(client, cast.reporter, project, "amount", "110.00")
    assert (answer.status_code, answer.json()["version"]) == (200, 2)


def test_an_overtaken_save_saves_nothing(cast, project):
    save_cell(project.pk, MARCH, {"amount": "90"}, 1, cast.reporter)
    with pytest.raises(OvertakenError):
        save_cell(project.pk, MARCH, {"amount": "1"}, 1, cast.reporter)
    assert issubclass(OvertakenError, LostUpdateError)
    assert stored(project).version == 2


def test_a_report_that_was_handed_in_is_refused(client, cast, project):
    MonthlyReport.objects.filter(project=project, month=3).update(state=State.SUBMITTED, amount=Decimal(1))
    answer = send(client, cast.reporter, project, "amount", "2")
    assert (answer.status_code, answer.json()["state"]) == (422, "refused")
    assert "不能再修改" in answer.json()["message"]


def test_a_closed_month_is_refused(client, cast, project):
    Period.objects.filter(month=3).update(closed_at=timezone.now())
    answer = send(client, cast.reporter, project, "amount", "2")
    assert answer.status_code == 422
    assert "关账" in answer.json()["message"]


@pytest.mark.parametrize("who", ["neighbour", "reviewer", "office", "leader", "admin"])
def test_nobody_else_saves_a_cell(client, cast, project, who):
    answer = send(client, getattr(cast, who), project, "amount", "2")
    assert (answer.status_code, answer.json()["message"]) == (404, "没有这份月报，或者不由您填报。")
    assert stored(project).amount is None


def test_an_expired_session_is_told_in_json(client, project):
    answer = client.post("/month/cell/", "{}", content_type="application/json")
    assert (answer.status_code, answer.json()["state"]) == (401, "expired")


def test_what_one_account_typed_is_never_saved_for_another(client, cast, project):
    answer = send(client, cast.reporter, project, "amount", "2", account=cast.neighbour.pk)
    assert answer.status_code == 401
    assert answer.json()["message"].startswith("这个浏览器已换成其他账号登录。")
    assert stored(project).amount is None


@pytest.mark.parametrize("body", ["", "[]", "{}", "null", '{"account": 1', '"text"', '{"account": {}}'])
def test_a_broken_request_is_answered(client, cast, project, body):
    client.force_login(cast.reporter)
    answer = client.post("/month/cell/", body, content_type="application/json")
    assert answer.status_code in (400, 401)
    assert answer.json()["message"]


def test_saving_a_cell_is_lean(client, cast, project):
    send(client, cast.reporter, project, "amount", "110")
    with CaptureQueriesContext(connection) as queries:
        post(client, cast.reporter, project, "amount", "111", version=2)
    read_or_written = [each for each in queries if "SAVEPOINT" not in each["sql"]]
    assert len(read_or_written) == 13


# ---- handing in ----


def submit(client, user, rows):
    client.force_login(user)
    body = {"account": user.pk, "month": "2018-03", "rows": rows}
    return client.post("/month/submit/", json.dumps(body), content_type="application/json").json()["results"]


def test_what_is_complete_is_handed_in_and_the_rest_named(client, cast, project):
    lacking = project_with(1200, [100, 150], responsible_unit=cast.reporter.organisation)
    MonthlyReportFactory(project=lacking, month=3, state=State.EXPECTED, amount=None)
    save_cell(project.pk, MARCH, {"amount": "110"}, 1, cast.reporter)
    assert submit(client, cast.reporter, [[project.pk, 2], [lacking.pk, 1]]) == [
        {"project": project.pk, "name": project.name, "done": True, "message": "已报送"},
        {"project": lacking.pk, "name": lacking.name, "done": False, "message": "未填本月完成投资"},
    ]
    assert (stored(project).state, stored(project).submitted_by) == (State.SUBMITTED, cast.reporter)
    assert stored(lacking).state == State.EXPECTED


def test_an_odd_amount_is_handed_in_with_its_reason_only(client, cast, project):
    save_cell(project.pk, MARCH, {"amount": "1500"}, 1, cast.reporter)
    (result,) = submit(client, cast.reporter, [[project.pk, 2]])
    assert (result["done"], result["message"]) == (False, "与平时悬殊，未写明原因")
    save_cell(project.pk, MARCH, {"explanation": "补计"}, 2, cast.reporter)
    assert submit(client, cast.reporter, [[project.pk, 3]])[0]["done"] is True


def test_what_changed_since_it_was_read_is_not_handed_in(client, cast, project):
    save_cell(project.pk, MARCH, {"amount": "110"}, 1, cast.reporter)
    (result,) = submit(client, cast.reporter, [[project.pk, 1]])
    assert (result["done"], stored(project).state) == (False, State.DRAFT)


def test_anothers_report_is_not_handed_in(client, cast, project):
    save_cell(project.pk, MARCH, {"amount": "110"}, 1, cast.reporter)
    (result,) = submit(client, cast.neighbour, [[project.pk, 2]])
    assert (result["done"], result["name"], stored(project).state) == (False, "", State.DRAFT)
