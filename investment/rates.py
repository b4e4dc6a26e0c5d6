"""The one place that computes a rate.

A rate is part ÷ whole in percent, rounded half up at two decimals unless told otherwise; without a whole (no plan, or a
plan of zero) there is no rate. The same formula exists twice, side by side: for Python and as a generated column of the
database. `tests/investment/test_rates.py` holds the two together.
"""

from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

from django.db.models import Func


def percent(part: Decimal | int | None, whole: Decimal | int | None, places: int = 2) -> Decimal | None:
    """`part` ÷ `whole` in percent, half up. None where there is no whole, or where the part is unknown."""
    if part is None or not whole:
        return None
    with localcontext(prec=50):
        return (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


class PercentOf(Func):
    """`PercentOf(part, whole)`: the same as `percent()`, as whole hundredths of a percent in SQL.

    Integer division truncates on PostgreSQL and on SQLite, so half up is 'add half the divisor first'; the sign is
    taken out and put back, as ROUND_HALF_UP rounds away from zero.
    """

    arity = 2
    template = "CASE WHEN %(whole)s > 0 THEN CASE WHEN %(part)s < 0 THEN -1 ELSE 1 END * %(rounded)s END"

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **kwargs: Any) -> Any:
        part, whole = (compiler.compile(source) for source in self.get_source_expressions())
        context = {
            "part": part[0],
            "whole": whole[0],
            "rounded": f"((ABS({part[0]}) * 20000 + {whole[0]}) / ({whole[0]} * 2))",
        }
        return self.template % context, []


class PointsAhead(PercentOf):
    """`PointsAhead(part, whole, elapsed)`: the rate minus the time progress, both as printed, in hundredths."""

    arity = 3

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **kwargs: Any) -> Any:
        part, whole, elapsed = self.get_source_expressions()
        rate, params = PercentOf(part, whole).as_sql(compiler, connection)
        return f"({rate}) - {compiler.compile(elapsed)[0]}", params
