"""Every page that the cast can reach from `/`, found by following links: no list of pages is kept here."""

import re
from pathlib import Path
from urllib.parse import parse_qsl, urldefrag, urlsplit

import brotli
import pytest
from django.utils import timezone
from playwright.sync_api import expect

from investment.computed import FIGURES
from investment.filters import ListedFilter
from investment.models import MonthlyReport, Period
from investment.months import CADENCES, Month
from investment.tiles import MEASURES
from projects.models import Project
from tests import worlds
from tests.programs import wait_until

from .conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.look]
AXE = Path(__file__).with_name("axe.min.js")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
RECORDS = 3  # visits of different records of one kind; of other kinds of page one is enough
COMBINED = 1  # names in a query beside the month: what holds with one filter is not tried with every further one
FILTERS = set(ListedFilter.base_filters)
SCREEN = {"width": 1920, "height": 1080}  # on the wall
SHIFT = 8  # pixels by which the wall moves to spare the screen
MARGIN = 45  # of a sheet, 12 mm in pixels
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
LOOKS = [(WIDE, "light"), (NARROW, "dark")]  # sizes and colours are independent: each is looked at once
A4 = {"upright": {"width": 794 - 2 * MARGIN, "height": 1123}, "across": {"width": 1123 - 2 * MARGIN, "height": 794}}
FIRST_VISIT_KB = 450

NOT_OURS = re.compile(r"/admin/|/photos/|/static/|[^?]*\.(csv|xlsx)\b")  # Django's own pages, and files
AUDIT = """async tags => (await axe.run({runOnly: tags})).violations.flatMap(
    violation => violation.nodes.map(node => `axe ${violation.id}: ${node.html.slice(0, 160)}`))"""
PARTS = """[...new Set([...document.querySelectorAll('body *:not(svg *)')].map(each =>
    [each.parentElement, each].map(one => one.tagName + one.getAttribute('class')) + each.getAttributeNames()))]"""
LINKS = "[...document.querySelectorAll('a[href]')].map(link => link.href)"
UNDRAWN = "[data-chart-url]:not([role=img], .none)"  # or nothing to draw, and it says so
CLICKED = "found => found.filter(each => each.checkVisibility()).map(each => each.outerHTML.slice(0, 160))"
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def kind(address):
    """What pages of one kind have in common: the path but for its numbers, the names in the query but for the month."""
    parts = urlsplit(address)
    names = {name for name, _ in parse_qsl(parts.query)} - {"month"}
    return re.sub(r"\d+", "N", parts.path), tuple(sorted(names))


class Crawl:
    """Follows the links of the site to a few pages of each kind, and keeps what is wrong with what it saw.

    `seen` is what crawls of others saw before, which is not looked at again: what pages were asked, and the parts that
    pages are made of. Axe is slow: it reads a page of a new kind, and each that has a part which is new.
    """

    def __init__(self, visitor, seen=None):
        self.visitor, self.page, self.seen = visitor, visitor.page, set() if seen is None else seen
        self.waiting, self.known, self.visits, self.found = ["/"], {"/"}, {}, []

    def run(self):
        while self.waiting:
            address = self.waiting.pop(0)
            visits = self.visits.setdefault(kind(address), [])
            if self.is_worth_a_visit(address, visits):
                visits.append(urlsplit(address).path)
                self.visit(address)
        return self

    def is_worth_a_visit(self, address, visits):
        """Each page once, of records a few; each filter on one page, and on each page one filter."""
        path, names = kind(address)
        if not names:
            return urlsplit(address).path not in visits and len(visits) < (RECORDS if "N" in path else 1)
        if len(names) > COMBINED:
            return False
        news = ({f"{path}?filter", *names} if FILTERS.issuperset(names) else {(path, names)}) - self.seen
        self.seen |= news
        return bool(news)

    def visit(self, address):
        self.page.set_viewport_size(WIDE)
        self.page.emulate_media(color_scheme="light")
        answer = self.page.goto(address)
        self.say(address, "a chart is not drawn", not drawn(self.page))
        self.say(address, f"status {answer.status}", answer.status != 200)
        self.say(address, "no title of its own", not self.page.title().partition(" · ")[0])
        self.say(address, "not one h1", self.page.locator("h1").count() != 1)
        self.say(address, "the text of a field was run as a script", self.page.title() == "run")
        for link in self.page.evaluate(LINKS):
            self.remember(urldefrag(link).url)
        for size, scheme in LOOKS:
            self.look(address, size, scheme)

    def look(self, address, size, scheme):
        """The page at one size in one colour scheme."""
        self.page.set_viewport_size(size)
        self.page.emulate_media(color_scheme=scheme)
        look = f"{size['width']} {scheme}"
        fits = wait_until(lambda: self.page.evaluate(SIDEWAYS) <= 0, seconds=2)  # charts follow a new size in a moment
        self.say(address, f"{look}: wider than the screen", not fits)
        for problem in self.visitor.problems:
            self.say(address, problem)
        parts = {(look, part) for part in (kind(address), *self.page.evaluate(PARTS))}
        for violation in () if parts <= self.seen else self.page.evaluate(AUDIT, RULES):
            self.say(address, f"{look}: {violation}")
        self.seen |= parts
        self.visitor.problems.clear()  # axe sets styles, which our policy refuses: that is no news of the page

    def remember(self, link):
        if not link.startswith(f"{self.visitor.origin}/"):
            return
        address = link.removeprefix(self.visitor.origin)
        if address not in self.known and not NOT_OURS.match(address):
            self.known.add(address)
            self.waiting.append(address)

    def say(self, address, finding, true=True):
        if true:
            self.found.append(f"{address} {finding}")


def drawn(page):
    """Whether every chart of the page appears in time."""
    try:
        expect(page.locator(UNDRAWN)).to_have_count(0)
    except AssertionError:
        return False
    return True


@pytest.fixture(scope="module")
def seen():
    return set()


@pytest.fixture
def visitor(chromium, live_server, cast):
    worlds.nasty(cast)
    someone = Visitor(chromium, live_server.url)
    someone.page.add_init_script(path=AXE)
    yield someone
    someone.page.context.close()


@pytest.mark.parametrize("username", ["reporter", "neighbour", "reviewer", "office", "leader", "admin"])
def test_every_page_is_whole_readable_and_of_this_site(visitor, seen, cast, username):
    visitor.enter(username)
    crawl = Crawl(visitor, seen).run()
    assert not crawl.found, "\n".join(crawl.found)
    assert len(crawl.visits) >= 8  # seven entries and the password: all that there is for a unit without projects


@pytest.mark.parametrize("address", ["/accounts/login/", "/accounts/login/?next=/projects/"])
def test_the_entrance_is_readable_too(visitor, seen, address):
    crawl = Crawl(visitor, seen)
    crawl.visit(address)
    assert not crawl.found, "\n".join(crawl.found)


# What the walk passes by: several filters together, and each choice of one page. {} is 慈利县.
CHOSEN = [
    "/projects/?area={}&lamp=far-behind&q=示例", "/projects/?area={}&unit=999999", "/projects/?q=没有这样的",
    "/projects/?by=half&area={}",
    "/leaders/?area={}&lamp=far-behind", "/units/?area={}&q=示例", "/areas/{}/?lamp=far-behind&q=示例",
    *(f"/computed/?figure={code}&area={{}}" for code in FIGURES), "/computed/reports/?area={}",
    "/computed/unplanned/?area={}", *(f"/cadence/?by={code}" for code in CADENCES),
    *(f"/map/?measure={each.code}" for each in MEASURES), "/lamps/", "/lamps/?month=2018-03",
]  # fmt: skip
PRINTED = {
    "upright": ["/", "/categories/{}/", "/areas/{}/", "/computed/", "/computed/reports/", "/cadence/", "/map/",
                "/projects/{}/"],
    "across": ["/projects/", "/categories/", "/areas/", "/leaders/", "/units/"],
}  # fmt: skip


def test_pages_of_what_was_chosen_are_whole_and_readable_too(visitor, seen, cast):
    visitor.enter("office")
    crawl = Crawl(visitor, seen)
    for address in CHOSEN:
        crawl.visit(address.format(cast.reviewer.organisation.area_id))
    assert not crawl.found, "\n".join(crawl.found)


def test_a_closed_month_is_whole_and_readable_too(visitor, seen):
    july = MonthlyReport.objects.of(Month(2018, worlds.OPEN_MONTH))
    july.exclude(state=MonthlyReport.State.APPROVED).update(state=MonthlyReport.State.MISSING)
    Period.objects.update_or_create(year=2018, month=worlds.OPEN_MONTH, defaults={"closed_at": timezone.now()})
    visitor.enter("office")
    crawl = Crawl(visitor, seen)
    crawl.visit("/periods/2018-07/")
    assert visitor.page.get_by_role("button", name="开放补报").is_visible()
    crawl.visit(july.filter(state=MonthlyReport.State.MISSING).first().get_absolute_url())
    assert not crawl.found, "\n".join(crawl.found)


@pytest.mark.parametrize("sheet", PRINTED)
def test_on_paper_there_is_nothing_to_click_and_nothing_cut_off(visitor, cast, sheet):
    visitor.enter("leader")
    page, found = visitor.page, []
    area, project = cast.reviewer.organisation.area, Project.objects.get(name="示例·普通项目")
    keys = {"/categories/": project.category_id, "/areas/": area.pk, "/projects/": project.pk}
    page.set_viewport_size(A4[sheet])
    for address in PRINTED[sheet]:
        page.goto(address.format(keys.get(address.partition("{}")[0])))
        assert drawn(page), address
        page.emulate_media(media="print")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        found += [f"{address} shows {each}" for each in page.locator("nav a, button, select").evaluate_all(CLICKED)]
        if not wait_until(lambda: page.evaluate(SIDEWAYS) <= 0, seconds=2):
            found.append(f"{address} is wider than the sheet")
        page.emulate_media(media="screen")
    assert found + visitor.problems == []


@pytest.mark.parametrize("look", ["dark", "light"])
def test_the_wall_is_whole_and_readable(visitor, cast, look):
    """Its pages one after the other, as they are shown."""
    visitor.enter("leader")
    page = visitor.page
    page.set_viewport_size(SCREEN)
    page.emulate_media(reduced_motion="reduce")  # what fades in is pale while it does
    page.goto(f"/wall/?look={look}")
    names = page.locator(".wall-page").evaluate_all("found => found.map(each => each.dataset.page)")
    assert len(names) == 6
    for _ in names:
        shown = page.locator(".wall-page:visible").get_attribute("data-page")
        found = page.evaluate(AUDIT, RULES)
        assert (shown, found) == (shown, [])
        assert page.evaluate(SIDEWAYS) <= SHIFT, shown
        page.keyboard.press("ArrowRight")
    of_axe = ("style", "preload assets")  # it sets styles, and reads style sheets
    assert [each for each in visitor.problems if not any(word in each for word in of_axe)] == []


def test_a_first_visit_is_light(visitor, cast):
    """What crosses the wire: files as WhiteNoise compresses them, pages and figures as they are."""
    visitor.enter("leader")
    answers = []
    visitor.page.on("response", lambda answer: answers.append(answer))
    visitor.page.goto("/", wait_until="networkidle")
    sizes = {}
    for answer in answers:
        path, body = urlsplit(answer.url).path, answer.body()
        sizes[path] = len(brotli.compress(body) if path.startswith("/static/") else body)
    assert "/static/vendor/plotly/plotly-basic.min.js" in sizes
    assert sum(sizes.values()) <= FIRST_VISIT_KB * 1000, sizes
