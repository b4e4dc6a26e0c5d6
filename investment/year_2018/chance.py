"""Drawn by lot, and the same on every machine and on every day."""

import datetime
import random

from django.utils import timezone


def dice(subject: str) -> random.Random:
    """Dice of their own for each subject: another draw in one place moves nothing in the others."""
    return random.Random(f"2018 {subject}")  # noqa: S311  # sample data, not secrets


def working_day(rng: random.Random, first: datetime.date, last: datetime.date) -> datetime.date:
    """A day from Monday to Friday between two dates, both included (they must span a weekend's length at least)."""
    while (day := first + datetime.timedelta(days=rng.randrange((last - first).days + 1))).weekday() > 4:
        pass
    return day


def day_of_2018(rng: random.Random) -> datetime.date:
    """A working day of 2018, outside the first and the last days of the year."""
    return working_day(rng, datetime.date(2018, 1, 8), datetime.date(2018, 12, 21))


def at(day: datetime.date, hour: int, minute: int = 0) -> datetime.datetime:
    """A moment of a day by the clock of the site's time zone."""
    return datetime.datetime.combine(day, datetime.time(hour, minute), timezone.get_default_timezone())


def in_office_hours(rng: random.Random, day: datetime.date) -> datetime.datetime:
    """A moment of a day from nine to six."""
    return at(day, rng.randrange(9, 18), rng.randrange(60))
