"""'My month' as it is lived: typed with keys, cut off, found again, overtaken, pasted, handed in."""

import re
from decimal import Decimal

import pytest
from django.contrib.sessions.models import Session
from PIL import Image
from playwright.sync_api import expect

from investment.models import MonthlyReport, Period, ReportPhoto
from tests.factories import MonthlyReportFactory, UserFactory, project_with

from .conftest import Visitor

pytestmark = pytest.mark.browser
State = MonthlyReport.State
MONTH = "/month/?month=2018-03"
PHONE = {"viewport": {"width": 390, "height": 844}}
REFUSED = re.compile(r"Failed to load resource: (the server responded with a status of \d+|net::ERR_INTERNET_DISC)")


@pytest.fixture(autouse=True)
def projects(cast):
    """Three projects of the reporter, with a plan of 1,200 and 100 each in January and February; March is expected."""
    for number in (1, 2, 3):
        Period.objects.create(year=2018, month=number)
    found = []
    for name in ("甲", "乙", "丙"):
        project = project_with(1200, [100, 110], name=f"示例·{name}", responsible_unit=cast.reporter.organisation)
        MonthlyReportFactory(project=project, month=3, state=State.EXPECTED, amount=None)
        found.append(project)
    return found


@pytest.fixture(autouse=True)
def nothing_under_way(visitor):
    """The page asks for the side of a row a moment after a step: the tables are not emptied below its feet."""
    yield
    visitor.page.wait_for_timeout(400)


def opened(visitor):
    """The page of the reporter, with its scripts."""
    page = visitor.log_in("reporter", MONTH)
    expect(cell(page, "甲")).to_be_visible()
    page.wait_for_load_state()
    return page


@pytest.fixture
def page(visitor):
    return opened(visitor)


@pytest.fixture
def hindered(visitor):
    """A visitor whose requests are refused on purpose: the browser notes that in its console."""
    yield visitor
    assert [text for text in visitor.problems if not REFUSED.match(text)] == []
    assert visitor.problems
    visitor.problems.clear()


def cell(page, name, field="本月完成"):
    return page.get_by_label(f"{field}：示例·{name}", exact=True)


def state(page, name):
    return page.get_by_role("row", name=f"示例·{name}").locator("td.state")


def amounts():
    return list(MonthlyReport.objects.filter(month=3).order_by("project__code").values_list("amount", flat=True))


def test_a_month_is_typed_with_keys(page, projects):
    cell(page, "甲").focus()
    page.keyboard.type("120")
    page.keyboard.press("Enter")
    expect(cell(page, "乙")).to_be_focused()
    page.keyboard.type("130.5")
    page.keyboard.press("ArrowDown")
    expect(cell(page, "丙")).to_be_focused()
    page.keyboard.press("Tab")
    expect(cell(page, "丙", "本年累计")).to_be_focused()
    page.keyboard.type("350")
    page.keyboard.press("Enter")
    for name in ("甲", "乙", "丙"):
        expect(state(page, name)).to_have_text("● 已保存")
    expect(cell(page, "丙")).to_have_value("140.00")
    expect(cell(page, "甲", "本年累计")).to_have_value("330.00")
    expect(page.get_by_role("button", name="报送 3 份")).to_be_enabled()
    assert amounts() == [Decimal(120), Decimal("130.5"), Decimal(140)]


def test_arrows_go_through_the_cells_and_escape_takes_back(page):
    cell(page, "乙").focus()
    page.keyboard.press("ArrowRight")
    expect(cell(page, "乙", "本年累计")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(cell(page, "甲", "本年累计")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(cell(page, "甲")).to_be_focused()
    page.keyboard.type("77")
    page.keyboard.press("Escape")
    expect(cell(page, "甲")).to_have_value("")
    page.keyboard.press("ArrowDown")
    expect(state(page, "甲")).to_have_text("○ 未填报")
    assert amounts() == [None, None, None]


def test_an_odd_amount_asks_for_a_reason(page):
    cell(page, "甲").fill("1200000")
    page.keyboard.press("Tab")
    expect(state(page, "甲")).to_have_text("◆ 待确认：与平时悬殊")
    expect(page.get_by_text("是否把元当成了万元？")).to_be_visible()
    row = page.get_by_role("row", name="示例·甲")
    expect(row.locator(".rate")).to_have_text("100,017.50% 请核对单位")
    page.get_by_label("情况说明").fill("补计设备款")
    page.get_by_role("textbox", name="形象进度").fill("主体封顶")
    page.get_by_label("存在问题").focus()
    expect(state(page, "甲")).to_have_text("● 已保存")
    page.reload()
    expect(row.locator(".rate")).to_have_text("100,017.50% 请核对单位")
    report = MonthlyReport.objects.get(project__name="示例·甲", month=3)
    assert (report.explanation, report.image_progress) == ("补计设备款", "主体封顶")


def test_text_of_last_month_is_taken_over(visitor):
    MonthlyReport.objects.filter(month=2).update(image_progress="主体施工至三层")
    page = opened(visitor)
    cell(page, "乙").focus()
    page.get_by_role("button", name="沿用上月的形象进度").click()
    expect(page.get_by_role("textbox", name="形象进度")).to_have_value("主体施工至三层")
    expect(state(page, "乙")).to_have_text("○ 已保存，未填完")
    assert MonthlyReport.objects.get(project__name="示例·乙", month=3).image_progress == "主体施工至三层"


def test_what_is_no_amount_stays_and_is_named(hindered):
    page = opened(hindered)
    cell(page, "甲").fill("1e5")
    page.keyboard.press("Enter")
    expect(state(page, "甲")).to_contain_text("■ 有误：“1e5”不是金额。")
    expect(cell(page, "甲")).to_have_attribute("aria-invalid", "true")
    page.reload()
    expect(cell(page, "甲")).to_have_value("1e5")
    expect(state(page, "甲")).to_contain_text("■ 有误")
    cell(page, "甲").fill("120")
    page.keyboard.press("Enter")
    expect(state(page, "甲")).to_have_text("● 已保存")


def test_what_was_typed_without_network_is_sent_when_it_is_back(hindered):
    page = opened(hindered)
    page.context.set_offline(True)
    cell(page, "甲").fill("120")
    page.keyboard.press("Enter")
    expect(state(page, "甲")).to_have_text("○ 等待网络")
    expect(page.get_by_text("等待网络：1 个项目")).to_be_visible()
    cell(page, "甲").fill("121")
    page.keyboard.press("Enter")
    assert amounts() == [None, None, None]
    page.context.set_offline(False)
    expect(state(page, "甲")).to_have_text("● 已保存")
    assert amounts() == [Decimal(121), None, None]


def test_or_when_the_page_is_opened_again(hindered):
    page = opened(hindered)
    page.context.set_offline(True)
    cell(page, "甲").fill("120")
    page.keyboard.press("Enter")
    expect(state(page, "甲")).to_have_text("○ 等待网络")
    page.goto("about:blank")
    page.context.set_offline(False)
    page.goto(MONTH)
    expect(state(page, "甲")).to_have_text("● 已保存")
    assert amounts() == [Decimal(120), None, None]


def test_an_expired_session_loses_nothing(hindered):
    page = opened(hindered)
    Session.objects.all().delete()
    cell(page, "甲").fill("120")
    page.keyboard.press("Enter")
    expect(page.get_by_text("登录已过期", exact=True)).to_be_visible()
    expect(state(page, "甲")).to_have_text("○ 等待网络")
    page.get_by_role("link", name="重新登录").click()
    page.get_by_label("用户名").fill("reporter")
    page.get_by_label("密码").fill("demo-password")
    page.get_by_role("button", name="登录").click()
    expect(state(page, "甲")).to_have_text("● 已保存")
    assert amounts() == [Decimal(120), None, None]


def test_another_account_in_the_same_browser_sends_nothing_of_it(hindered, cast):
    page = opened(hindered)
    Session.objects.all().delete()
    cell(page, "甲").fill("120")
    page.keyboard.press("Enter")
    expect(page.get_by_text("登录已过期", exact=True)).to_be_visible()
    colleague = UserFactory(username="colleague", organisation=cast.reporter.organisation)
    colleague.groups.set(cast.reporter.groups.all())
    page.get_by_role("link", name="重新登录").click()
    page.get_by_label("用户名").fill("colleague")
    page.get_by_label("密码").fill("demo-password")
    page.get_by_role("button", name="登录").click()
    expect(cell(page, "甲")).to_have_value("")
    expect(state(page, "甲")).to_have_text("○ 未填报")
    assert amounts() == [None, None, None]


def second(chromium, visitor):
    return Visitor(chromium, visitor.origin)


@pytest.mark.parametrize(("choice", "kept"), [("用我的", Decimal(120)), ("用对方的", Decimal(130))])
def test_two_browsers_on_the_same_figure(hindered, chromium, choice, kept):
    mine, theirs = opened(hindered), opened(second(chromium, hindered))
    cell(theirs, "甲").fill("130")
    theirs.keyboard.press("Enter")
    expect(state(theirs, "甲")).to_have_text("● 已保存")
    cell(mine, "甲").fill("120")
    mine.keyboard.press("Enter")
    expect(state(mine, "甲")).to_have_text("■ 冲突：本月完成已被他人改动")
    expect(mine.get_by_role("alert").filter(has_text="您填的是")).to_contain_text("您填的是 “120”，对方填的是 “130.00”")
    mine.get_by_role("button", name=choice).click()
    expect(state(mine, "甲")).to_have_text("● 已保存")
    expect(cell(mine, "甲")).to_have_value(f"{kept}.00")
    assert amounts()[0] == kept
    theirs.context.close()


def test_two_browsers_on_different_fields_of_a_report_are_in_nobodys_way(hindered, chromium):
    mine, theirs = opened(hindered), opened(second(chromium, hindered))
    cell(theirs, "甲").focus()
    theirs.get_by_role("textbox", name="形象进度").fill("主体封顶")
    theirs.get_by_label("存在问题").focus()
    expect(state(theirs, "甲")).to_have_text("○ 已保存，未填完")
    cell(mine, "甲").fill("120")
    mine.keyboard.press("Enter")
    expect(state(mine, "甲")).to_have_text("● 已保存")
    report = MonthlyReport.objects.get(project__name="示例·甲", month=3)
    assert (report.amount, report.image_progress) == (Decimal(120), "主体封顶")
    theirs.context.close()


def paste(page, target, text):
    target.evaluate(
        """(input, text) => {
            const data = new DataTransfer();
            data.setData("text/plain", text);
            input.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
        }""",
        text,
    )


def test_a_block_from_a_spreadsheet_is_shown_before_it_is_taken(page):
    cell(page, "乙").fill("90")
    page.keyboard.press("Enter")
    expect(state(page, "乙")).to_have_text("● 已保存")
    paste(page, cell(page, "甲"), "项目名称\t本月完成投资\n示例·甲\t120\n示例·乙\t95\n示例·丁\t7\n示例·丙\t五百")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("新填 1、改动 1、不变 0、不能采用 2")
    assert amounts() == [None, Decimal(90), None]
    dialog.get_by_role("button", name="填入 2 项").click()
    expect(state(page, "甲")).to_have_text("● 已保存")
    expect(cell(page, "乙")).to_have_value("95.00")
    expect(page.get_by_text("第 4 行“示例·丁 7”：本月没有这个项目，或者不由您填报。")).to_be_visible()
    expect(state(page, "乙")).to_have_text("● 已保存")
    assert amounts() == [Decimal(120), Decimal(95), None]


def test_a_single_value_is_pasted_as_ever(page):
    paste(page, cell(page, "甲"), "120\n")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_what_is_complete_is_handed_in_at_once(page):
    for name, amount in (("甲", "120"), ("乙", "130")):
        cell(page, name).fill(amount)
        page.keyboard.press("Enter")
        expect(state(page, name)).to_have_text("● 已保存")
    page.get_by_role("button", name="报送 2 份").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("暂不报送示例·丙：未填本月完成投资")
    dialog.get_by_role("button", name="报送 2 份").click()
    expect(dialog.get_by_role("heading", name="已报送 2 份")).to_be_visible()
    dialog.get_by_role("button", name="知道了").click()
    expect(state(page, "甲")).to_have_text("▲ 已报送")
    expect(cell(page, "甲")).to_have_count(0)
    states = MonthlyReport.objects.filter(month=3).order_by("project__code").values_list("state", flat=True)
    assert list(states) == [State.SUBMITTED, State.SUBMITTED, State.EXPECTED]


@pytest.mark.parametrize("visitor", [PHONE], indirect=True)
def test_on_a_phone_there_is_one_amount_a_project(page, projects):
    expect(cell(page, "甲")).to_be_visible()
    expect(cell(page, "甲", "本年累计")).to_be_hidden()
    cell(page, "甲").fill("120")
    page.keyboard.press("Enter")
    expect(state(page, "甲")).to_have_text("● 已保存")
    page.get_by_role("link", name="示例·甲").click()
    expect(page).to_have_url(re.compile(rf"/reports/{projects[0].pk}/2018-03/$"))
    assert page.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.parametrize("visitor", [PHONE], indirect=True)
def test_on_a_phone_the_texts_unfold_under_the_row(page, projects):
    cell(page, "甲").focus()
    texts = page.locator("#month-side")
    expect(texts).to_be_hidden()
    page.get_by_role("button", name="展开详情").click()
    progress = page.get_by_role("textbox", name="形象进度")
    progress.fill("主体封顶")
    progress.press("Enter")  # a new line of the text, no step to another row
    expect(progress).to_be_focused()
    above, below = cell(page, "甲").bounding_box(), cell(page, "乙").bounding_box()
    assert above["y"] < texts.bounding_box()["y"] < below["y"]
    page.get_by_role("button", name="收起详情").click()
    expect(texts).to_be_hidden()


@pytest.mark.parametrize("visitor", [{"viewport": {"width": 390, "height": 300}}], indirect=True)
def test_on_a_phone_a_row_stays_where_it_is_touched(page):
    cell(page, "甲").focus()
    page.get_by_role("button", name="展开详情").click()
    expect(page.get_by_role("textbox", name="形象进度")).to_be_visible()
    cell(page, "乙").evaluate("input => input.scrollIntoView({ block: 'start', behavior: 'instant' })")
    before = cell(page, "乙").bounding_box()["y"]
    cell(page, "乙").click()
    page.wait_for_timeout(400)
    assert cell(page, "乙").bounding_box()["y"] == pytest.approx(before, abs=3)
    expect(page.locator("tr.active + tr.under")).to_have_count(1)


@pytest.mark.parametrize("visitor", [PHONE], indirect=True)
def test_on_a_phone_an_odd_amount_unfolds_its_reason(page):
    cell(page, "甲").fill("1200000")
    page.keyboard.press("Tab")
    cell(page, "甲").focus()
    expect(page.get_by_text("是否把元当成了万元？")).to_be_visible()
    page.get_by_label("情况说明").fill("补计设备款")
    page.get_by_label("存在问题").focus()
    expect(state(page, "甲")).to_have_text("● 已保存")


@pytest.fixture
def photograph(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    path = tmp_path / "sent.jpg"
    Image.effect_noise((900, 600), 60).save(path)
    return path


def test_a_photo_is_added_beside_the_grid_and_taken_away(page, photograph):
    cell(page, "甲").focus()
    page.get_by_label("照片说明").fill("三层封顶")
    page.locator("[data-file]").set_input_files(photograph)
    expect(page.get_by_role("img", name="三层封顶")).to_be_visible()
    expect(state(page, "甲")).to_have_text("○ 已保存，未填完")
    cell(page, "甲").fill("120")
    page.keyboard.press("Enter")
    expect(state(page, "甲")).to_have_text("● 已保存")
    cell(page, "甲").focus()
    page.get_by_role("button", name="删除").click()
    page.get_by_role("button", name="确认删除").click()
    expect(page.get_by_role("img", name="三层封顶")).to_have_count(0)
    assert ReportPhoto.objects.count() == 0


def test_a_photo_on_the_form_keeps_what_is_being_typed(visitor, projects, photograph):
    page = visitor.log_in("reporter", f"/reports/{projects[0].pk}/2018-03/")
    page.wait_for_load_state()
    photos, submit = page.get_by_text("现场照片"), page.get_by_role("button", name="报送")
    assert photos.bounding_box()["y"] < submit.bounding_box()["y"]
    page.get_by_label("或本年累计（万元）").fill("330.5")
    expect(page.get_by_label("本月完成投资（万元）", exact=True)).to_have_value("120.50")
    page.locator("[data-file]").set_input_files(photograph)
    expect(page.get_by_role("img", name="现场照片")).to_be_visible()
    page.get_by_role("button", name="存为草稿").click()
    expect(page.get_by_text("已存为草稿，还没有报送。")).to_be_visible()
    report = MonthlyReport.objects.get(project=projects[0], month=3)
    assert (report.amount, report.photos.count()) == (Decimal("120.5"), 1)


def test_what_is_no_photo_is_named(hindered, photograph):
    page = opened(hindered)
    photograph.write_text("<html><script>alert(1)</script></html>")
    cell(page, "甲").focus()
    page.locator("[data-file]").set_input_files(photograph)
    expect(page.get_by_text("这个文件不是可以识别的照片")).to_be_visible()


def test_photos_are_right_whatever_arrived_while_one_was_taken_away(page, photograph):
    cell(page, "甲").focus()
    page.get_by_label("照片说明").fill("三层封顶")
    page.locator("[data-file]").set_input_files(photograph)
    expect(page.get_by_role("img", name="三层封顶")).to_be_visible()
    held = []
    page.route("**/photos/*/remove/", lambda route: held.append(route))
    page.get_by_role("button", name="删除").click()
    page.get_by_role("button", name="确认删除").click()
    cell(page, "乙").focus()
    expect(page.locator("[data-beside] h2")).to_have_text("示例·乙")
    cell(page, "甲").focus()
    expect(page.get_by_role("img", name="三层封顶")).to_be_visible()
    held[0].continue_()
    expect(page.get_by_role("img", name="三层封顶")).to_have_count(0)
    cell(page, "甲").fill("120")
    page.keyboard.press("Enter")
    expect(state(page, "甲")).to_have_text("● 已保存")
