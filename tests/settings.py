"""The site's settings, with what only a test wants: no hashed file names, quick passwords, a folder of its own."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

# Not the developer's own data folder or broker: tests fill tables and freeze brokers.
os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="zjj-tests-")
os.environ["CELERY_BROKER_URL"] = ""
atexit.register(shutil.rmtree, os.environ["DATA_DIR"], ignore_errors=True)
(Path(os.environ["DATA_DIR"]) / "static").mkdir()  # WhiteNoise misses it otherwise

from zjj_projects.settings import *  # noqa: E402, F403
from zjj_projects.settings import DATA_DIR, DATABASES, STORAGES  # noqa: E402

STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}  # a file, so that a real worker can open it
