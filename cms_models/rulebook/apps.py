from django.apps import AppConfig


class RulebookConfig(AppConfig):
    name = "cms_models.rulebook"
    label = "rulebook"
    verbose_name = "Rule book"
