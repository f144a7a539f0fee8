from django.apps import AppConfig


class ConversationsConfig(AppConfig):
    name = "liuke.conversations"
    label = "conversations"
    verbose_name = "谈话"
