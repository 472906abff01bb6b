from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "cms_models.accounts"
    label = "accounts"
    verbose_name = "People and councils"
