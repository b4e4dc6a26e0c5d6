"""`/todo/`: what do I have to do? And the entrance, which leads there whoever has something to do."""

from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from ..todo import todo_of
from . import reader


@require_safe
def todo(request: HttpRequest) -> HttpResponse:
    """What the account has to do in its roles, the most urgent first."""
    return render(request, "todo.html", {"todo": todo_of(reader(request))})


class Entrance(LoginView):
    """Log in, and arrive at the page that one wanted to see; else at what there is to do; else at the overview."""

    redirect_authenticated_user = True

    def get_success_url(self) -> str:
        wanted, overview = self.get_redirect_url(), reverse("overview")
        if wanted not in ("", overview):
            return wanted
        return reverse("todo") if todo_of(reader(self.request)).items else overview
