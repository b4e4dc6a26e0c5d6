"""The entrance: who gets in, who is locked out for how long, and where one arrives."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from projects.models import User

pytestmark = pytest.mark.django_db
RIGHT, WRONG = "demo-password", "a guess"
LOGIN = "/accounts/login/"


def log_in(client, username="reporter", password=RIGHT, **more):
    """The answer to a filled-in login form; `more` are the visitor's address and headers."""
    return client.post(LOGIN, {"username": username, "password": password}, **more)


def fail(client, times, username="reporter", **more):
    """The statuses of so many wrong passwords."""
    return [log_in(client, username, WRONG, **more).status_code for _ in range(times)]


def is_in(client):
    return "_auth_user_id" in client.session


@pytest.fixture
def clock():
    with time_machine.travel(datetime(2018, 6, 25, 9, tzinfo=UTC), tick=False) as travelling:
        yield travelling


def test_the_fifth_wrong_password_locks_and_the_right_one_comes_too_late(client, cast):
    assert fail(client, 5) == [200, 200, 200, 200, 429]
    assert log_in(client).status_code == 429
    assert not is_in(client)


def test_the_page_says_for_how_long_and_whom_to_ask(client, cast, clock):
    fail(client, 5)
    clock.shift(timedelta(minutes=3, seconds=30))
    answer = log_in(client)
    page = answer.content.decode()
    assert "账号“reporter”" in page
    assert "请在 <b>12 分钟</b>后再试" in page
    assert "请联系系统管理员解除锁定" in page
    assert answer["Retry-After"] == "690"


def test_what_is_typed_as_a_name_is_shown_as_text(client, cast):
    fail(client, 4, "<b>name</b>")
    assert "账号“&lt;b&gt;name&lt;/b&gt;”" in log_in(client, "<b>name</b>", WRONG).content.decode()


def test_the_lock_ends_after_a_quarter_of_an_hour_and_trying_on_does_not_prolong_it(client, cast, clock):
    fail(client, 5)
    clock.shift(timedelta(minutes=14))
    assert fail(client, 3) == [429, 429, 429]
    clock.shift(timedelta(minutes=1, seconds=1))
    assert log_in(client).status_code == 302


def test_four_failures_and_a_success_start_the_count_afresh(client, cast):
    fail(client, 4)
    log_in(client)
    client.logout()
    assert fail(client, 4) == [200] * 4
    assert log_in(client).status_code == 302


def test_other_accounts_at_the_same_address_get_in(client, cast):
    fail(client, 5)
    assert log_in(client, "neighbour").status_code == 302


def test_the_same_account_gets_in_from_another_address(client, cast):
    fail(client, 5, REMOTE_ADDR="10.0.0.1")
    assert log_in(client, REMOTE_ADDR="10.0.0.1").status_code == 429
    assert log_in(client, REMOTE_ADDR="10.0.0.2").status_code == 302


def test_another_browser_does_not_help_a_guesser(client, cast):
    assert [fail(client, 1, headers={"user-agent": f"browser {n}"})[0] for n in range(5)] == [200] * 4 + [429]


def test_behind_a_proxy_the_address_is_the_one_that_our_proxy_added(client, cast, settings):
    settings.HTTPS = True
    forged = [fail(client, 1, headers={"x-forwarded-for": f"1.1.1.{n}, 10.0.0.1"})[0] for n in range(5)]
    assert forged == [200] * 4 + [429]
    assert log_in(client, headers={"x-forwarded-for": "1.1.1.1, 10.0.0.1"}).status_code == 429
    assert log_in(client, headers={"x-forwarded-for": "10.0.0.2"}).status_code == 302


def test_without_a_proxy_the_header_is_the_client_s_own_word(client, cast):
    forged = [fail(client, 1, headers={"x-forwarded-for": f"1.1.1.{n}"})[0] for n in range(5)]
    assert forged == [200] * 4 + [429]


@pytest.mark.parametrize("forwarded", ["unknown", "", "10.0.0.1, ", "10.0.0.1:8080", "'; --"])
def test_an_unreadable_address_counts_under_the_proxy_s(client, cast, settings, forwarded):
    settings.HTTPS = True
    assert fail(client, 5, headers={"x-forwarded-for": forwarded}) == [200] * 4 + [429]
    assert fail(client, 1, headers={"x-forwarded-for": "10.0.0.9"}) == [200]


def test_a_server_without_an_address_still_counts(client, cast):
    assert fail(client, 5, REMOTE_ADDR="") == [200] * 4 + [429]


def test_the_login_of_the_administration_pages_is_locked_too(client, cast):
    statuses = [client.post("/admin/login/", {"username": "admin", "password": WRONG}).status_code for _ in range(5)]
    assert statuses == [200] * 4 + [429]
    assert log_in(client, "admin").status_code == 429


def unlock(client, *accounts):
    """What the administrator is told after the action on these accounts."""
    answer = client.post(
        reverse("admin:projects_user_changelist"),
        {"action": "unlock", "_selected_action": [account.pk for account in accounts]},
        follow=True,
    )
    return [str(message) for message in answer.context["messages"]]


def test_an_administrator_unlocks_the_accounts_chosen_and_no_others(client, cast):
    for username in ("reporter", "neighbour"):
        fail(client, 5, username)
    client.force_login(cast.admin)
    assert unlock(client, cast.reporter, cast.leader) == ["已解除登录锁定：reporter。"]
    client.logout()
    assert log_in(client).status_code == 302
    client.logout()
    assert log_in(client, "neighbour").status_code == 429


def test_only_a_superuser_unlocks_a_superuser(client, cast):
    root = User.objects.create_superuser("root", password=RIGHT)
    fail(client, 5, "root")
    client.force_login(cast.admin)
    assert unlock(client, root) == ["所选账号没有可以解除的登录锁定。"]
    client.force_login(root)
    assert unlock(client, root) == ["已解除登录锁定：root。"]


def test_the_office_unlocks_nobody(client, cast):
    fail(client, 5)
    client.force_login(cast.office)
    address = reverse("admin:projects_user_changelist")
    chosen = {"action": "unlock", "_selected_action": [cast.reporter.pk]}
    assert client.post(address, chosen).status_code == 403
    client.logout()
    assert log_in(client).status_code == 429


def test_a_wrong_password_is_answered_in_chinese_without_telling_whether_the_account_exists(client, cast):
    pages = [log_in(client, name, WRONG).content.decode() for name in ("reporter", "nobody")]
    for page in pages:
        assert "用户名或密码不正确。" in page
    cast.reporter.is_active = False
    cast.reporter.save()
    assert "用户名或密码不正确。" in log_in(client).content.decode()


def test_one_arrives_where_one_wanted_to_go(client, cast):
    wanted = "/projects/?month=2018-05&q=a%26b"
    asked = client.get(wanted)
    page = client.get(asked.url)
    assert page.context["next"] == wanted
    answer = client.post(asked.url, {"username": "reporter", "password": RIGHT, "next": page.context["next"]})
    assert answer.url == wanted


def test_the_wish_survives_being_locked_out(client, cast):
    address = f"{LOGIN}?next=/reports/"
    answers = [client.post(address, {"username": "reporter", "password": WRONG}) for _ in range(5)]
    assert f'href="{address}"' in answers[-1].content.decode()


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_nobody_is_sent_to_another_site(client, cast, elsewhere):
    answer = client.post(LOGIN, {"username": "reporter", "password": RIGHT, "next": elsewhere})
    assert answer.url == "/"


def test_the_session_s_cookie_is_out_of_reach_of_scripts_and_other_sites(client, cast):
    cookie = log_in(client).cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


def change_password(client, old=RIGHT, new="a better secret", again="a better secret"):
    form = {"old_password": old, "new_password1": new, "new_password2": again}
    return client.post(reverse("password_change"), form, follow=True)


def test_everybody_changes_the_own_password_and_other_sessions_end(client, cast):
    elsewhere = type(client)()
    for browser in (client, elsewhere):
        log_in(browser)
    assert "<h1>密码已修改</h1>" in change_password(client).content.decode()
    assert client.get(reverse("password_change")).status_code == 200
    assert elsewhere.get(reverse("password_change")).status_code == 302
    assert log_in(elsewhere).status_code == 200
    assert log_in(elsewhere, password="a better secret").status_code == 302


@pytest.mark.parametrize(
    ("typed", "field", "message"),
    [
        ({"old": WRONG}, "old_password", "你的旧密码不正确。请重新输入。"),
        ({"again": "another one"}, "new_password2", "输入的两个密码不一致。"),
        ({"new": "12345678", "again": "12345678"}, "new_password2", "密码太常见了。"),
    ],
)
def test_a_password_that_cannot_be_taken_is_refused_in_chinese_beside_its_field(client, cast, typed, field, message):
    client.force_login(cast.reporter)
    answer = change_password(client, **typed)
    assert message in answer.context["form"].errors[field][0]
    page = answer.content.decode()
    assert f'<div class="error" id="id_{field}_error">' in page
    assert 'aria-invalid="true"' in page
    cast.reporter.refresh_from_db()
    assert cast.reporter.check_password(RIGHT)


def test_the_name_in_the_header_leads_to_the_password(client, cast):
    client.force_login(cast.reporter)
    page = client.get(reverse("password_change")).content.decode()
    assert 'class="who"' in page
    assert f'href="{reverse("password_change")}"' in page


def test_strangers_change_no_password(client):
    assert client.get(reverse("password_change")).url == f"{LOGIN}?next=/accounts/password/"
