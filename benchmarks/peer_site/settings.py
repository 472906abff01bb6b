"""The product's own settings; only the addresses are more."""

from homeward.settings.base import *  # noqa: F403

ROOT_URLCONF = "benchmarks.peer_site.urls"
ALLOWED_HOSTS = ["127.0.0.1"]
