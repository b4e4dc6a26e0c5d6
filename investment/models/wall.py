"""What a city's wall shows, as the city office set it."""

from django.db import models
from django.db.models import Q

from projects.models import Area

FASTEST, SLOWEST = 5, 600  # seconds


def place_in_order(label: str, first: int) -> models.PositiveSmallIntegerField:
    return models.PositiveSmallIntegerField(f"{label}：第几页", null=True, blank=True, default=first)


class Wall(models.Model):
    """The wall of a city. Until somebody changes it, it shows every page and nobody by post or name.

    Each page has its place in the order; one without a place is not shown.
    """

    PAGES = ("overall", "categories", "areas", "lagging", "changes", "map")

    city = models.OneToOneField(Area, verbose_name="市", on_delete=models.CASCADE, related_name="wall")
    overall = place_in_order("全市进度", 1)
    categories = place_in_order("五个类别", 2)
    areas = place_in_order("区县排名", 3)
    lagging = place_in_order("滞后项目", 4)
    changes = place_in_order("本月变化", 5)
    map = place_in_order("地图", 6)
    seconds = models.PositiveSmallIntegerField("每页停留（秒）", default=20)
    shows_people = models.BooleanField("显示联系领导", default=False)
    month = models.CharField("月份", max_length=7, blank=True)  # '2018-06'; blank: always the latest closed one

    class Meta:
        verbose_name = verbose_name_plural = "大屏设置"
        constraints = [
            models.CheckConstraint(
                name="wall_seconds_in_range",
                condition=Q(seconds__gte=FASTEST, seconds__lte=SLOWEST),
                violation_error_message=f"每页停留时间应在 {FASTEST} 至 {SLOWEST} 秒之间。",
            ),
            models.CheckConstraint(
                name="wall_shows_a_page",
                condition=~Q(overall=None, categories=None, areas=None, lagging=None, changes=None, map=None),
                violation_error_message="至少要有一个页面。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.city}大屏"

    @property
    def key(self) -> str:
        """The same for walls that show the same, and for no others."""
        return f"{'+'.join(self.pages)}-{self.shows_people}"

    @property
    def pages(self) -> list[str]:
        """The pages shown, in their order; of equal places in the usual one."""
        shown = [name for name in self.PAGES if getattr(self, name) is not None]
        return sorted(shown, key=lambda name: getattr(self, name))


def wall_of(city: Area) -> Wall:
    """The wall of a city; one that is not stored where nobody has set any."""
    return Wall.objects.filter(city=city).first() or Wall(city=city)
