from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "liuke.customers"
    label = "customers"
    verbose_name = "客户"
