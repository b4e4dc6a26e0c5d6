"""The site's settings, with one page more: the floor of `bench_pages`."""

from zjj_projects.settings import *  # noqa: F403

ROOT_URLCONF = "tests.benchmarks.pages_urls"
