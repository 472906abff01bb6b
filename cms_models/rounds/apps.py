from django.apps import AppConfig


class RoundsConfig(AppConfig):
    name = "cms_models.rounds"
    label = "rounds"
    verbose_name = "Rounds"
