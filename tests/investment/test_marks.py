"""The bullet bar: the same mark wherever a rate stands."""

import re
from decimal import Decimal

import pytest
from django.template.loader import get_template

from investment import charts
from investment.templatetags.marks import bullet, first_picture


def drawn(rate, time_progress):
    """Where track and bar end and where the tick stands, as shares of the width."""
    svg = get_template("bullet.html").render(bullet(rate, time_progress))
    found = re.findall(r'class="(track|done|tick)"[^>]*?(?:x|width)="([\d.]+%)"', svg)
    return dict(found)


@pytest.mark.parametrize(
    ("rate", "done"),
    [("0", "0.00%"), ("60", "50.00%"), ("82.00", "68.33%"), ("107", "89.17%"), ("120", "100.00%"), ("6902", "100.00%")],
)
def test_bar_ends_at_its_rate_and_beyond_the_track_above_100_percent(rate, done):
    assert drawn(Decimal(rate), Decimal(100)) == {"track": "83.33%", "done": done, "tick": "83.33%"}


def test_tick_stands_at_the_time_progress():
    assert drawn(Decimal(10), Decimal("58.33"))["tick"] == "48.61%"


def test_without_a_rate_nothing_is_drawn_that_could_be_taken_for_zero():
    assert drawn(None, Decimal(50)) == {}


def test_without_a_measure_in_time_there_is_no_tick():
    assert drawn(Decimal(50), None) == {"track": "83.33%", "done": "41.67%"}


def test_a_bar_leads_to_what_it_is_made_of():
    html = get_template("bullet.html").render(bullet(Decimal(50), None, "/projects/?month=2018-06&area=3"))
    assert 'href="/projects/?month=2018-06&amp;area=3"' in html
    assert "<a" not in get_template("bullet.html").render(bullet(Decimal(50), None))


def test_the_first_picture_has_the_bars_and_lines_of_the_figure_and_leaves_out_what_is_not_known():
    figure = {
        "data": [
            {"type": "bar", "meta": "month", "y": [20.0, None, 0.0]},
            {"type": "scatter", "meta": "plan", "y": [25.0, 50.0, 100.0]},
            {"type": "scatter", "meta": "actual", "y": [20.0, 20.0, None]},
        ]
    }
    svg = get_template("first_picture.html").render(first_picture(figure))
    assert re.findall(r'<rect class="month" x="(\d+)" y="(\d+)" width="55" height="(\d+)"', svg) == [
        ("22", "810", "190"),
        ("222", "1000", "0"),
    ]
    assert dict(re.findall(r'class="(plan|actual)" points="(.*?)"', svg)) == {
        "plan": "50,762 150,524 250,48",
        "actual": "50,810 150,810",
    }


def test_a_figure_without_amounts_has_an_empty_first_picture():
    svg = get_template("first_picture.html").render(
        first_picture({"data": [{"type": "bar", "meta": "month", "y": [None, 0.0]}]})
    )
    assert re.findall(r'height="(\d+)" />', svg) == ["0"]


def test_a_line_of_steps_is_drawn_in_steps():
    steps = {"type": "scatter", "meta": "plan", "line": {"shape": "hvh"}, "y": [50.0, 100.0]}
    svg = get_template("first_picture.html").render(first_picture({"data": [steps]}))
    assert re.findall(r'points="(.*?)"', svg) == ["0,524 100,524 100,48 200,48"]


def test_a_figure_with_nothing_to_draw_has_an_empty_first_picture():
    svg = get_template("first_picture.html").render(first_picture(charts.nothing("还没有")))
    assert "<rect" not in svg
    assert "<polyline" not in svg
