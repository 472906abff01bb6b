from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class PublicationConfig(AppConfig):
    name = "cms_models.publication"
    label = "publication"
    verbose_name = "Review and go-live"

    def ready(self) -> None:
        """Find every app's publishing.py, so that reviews know what can be published."""
        autodiscover_modules("publishing")
