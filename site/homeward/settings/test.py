"""Settings of the test suite: the product's own, with nothing kept between runs."""

import os
import tempfile

os.environ.setdefault("HOMEWARD_DATA", tempfile.mkdtemp(prefix="homeward-test-"))

from homeward.settings.base import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True
