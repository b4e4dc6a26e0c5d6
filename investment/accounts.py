"""An account as it comes with each request: what every page asks of it, in one query."""

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from projects.accounts import AccountBackend
from projects.models import User

from .models import Notice


class ReaderBackend(AccountBackend):
    """The account also knows how many of its notices are unread (`unread_notices`), for the head of every page."""

    def accounts(self) -> QuerySet[User]:
        unread = Notice.objects.unread().order_by().filter(recipient=OuterRef("pk")).values("recipient")
        return (
            super()
            .accounts()
            .annotate(unread_notices=Coalesce(Subquery(unread.annotate(n=Count("pk")).values("n")), 0))
        )
