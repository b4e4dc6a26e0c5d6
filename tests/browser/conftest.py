"""A real Chromium in front of the live server. Whatever goes wrong unseen in the page makes the test fail."""

from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import sync_playwright

from projects.models import User

PROGRAMS = (Path("/usr/bin/chromium-headless-shell"), Path("/usr/bin/chromium"))  # without windows half the work
ARGS = [
    "--no-sandbox",  # tests run as root in CI
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="package")
def chromium():
    program = next((each for each in PROGRAMS if each.exists()), PROGRAMS[-1])
    with pytest.MonkeyPatch.context() as environment, sync_playwright() as playwright:
        # Playwright's synchronous API keeps an event loop in this thread, and Django would refuse the database there.
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=program, args=ARGS)
        yield browser
        browser.close()


class Visitor:
    """Someone at a screen. `problems` collects console errors, script errors and requests that leave the site."""

    def __init__(self, browser, origin, **screen):
        self.origin, self.problems = origin, []
        self.page = browser.new_context(base_url=origin, locale="zh-CN", **screen).new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("request", self._request)

    def _console(self, message):
        if message.type in ("error", "warning"):
            self.problems.append(message.text)

    def _request(self, request):
        if not request.url.startswith((f"{self.origin}/", "data:", "blob:")):
            self.problems.append(f"leaves the site: {request.url}")

    def enter(self, username):
        """Begin a session without the form."""
        client = Client()
        client.force_login(User.objects.get(username=username))
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        self.page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": self.origin}])

    def log_in(self, username, address="/"):
        """Begin a session and go to an address."""
        self.enter(username)
        self.page.goto(address, wait_until="domcontentloaded")  # the scripts of the page have run then
        return self.page

    def log_in_by_form(self, username, address="/"):
        """Type the name and the password, and arrive where the site leads."""
        self.page.goto(address)
        self.page.get_by_label("用户名").fill(username)
        self.page.get_by_label("密码").fill("demo-password")
        with self.page.expect_navigation(wait_until="domcontentloaded"):
            self.page.get_by_role("button", name="登录").click()
        return self.page


@pytest.fixture
def visitor(request, chromium, live_server, cast):
    """A visitor of the live server; an indirect parameter chooses the screen."""
    someone = Visitor(chromium, live_server.url, **getattr(request, "param", {}))
    yield someone
    someone.page.context.close()
    assert someone.problems == []
