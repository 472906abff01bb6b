from django.apps import AppConfig


class PlanningConfig(AppConfig):
    name = "cms_models.planning"
    label = "planning"
    verbose_name = "Planning"
