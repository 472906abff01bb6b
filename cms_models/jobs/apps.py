from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class JobsConfig(AppConfig):
    name = "cms_models.jobs"
    label = "jobs"
    verbose_name = "Jobs and imports"

    def ready(self) -> None:
        """Find every app's jobs, so that the worker knows what it can run."""
        autodiscover_modules("jobs")
