from django.apps import AppConfig


class HomewardApiConfig(AppConfig):
    name = "homeward_api"
    verbose_name = "Provider API"
