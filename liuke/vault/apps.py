from django.apps import AppConfig


class VaultConfig(AppConfig):
    name = "liuke.vault"
    label = "vault"
    verbose_name = "保险柜"
