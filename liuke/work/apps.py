from django.apps import AppConfig


class WorkConfig(AppConfig):
    name = "liuke.work"
    label = "work"
    verbose_name = "今日"

    def ready(self) -> None:
        from liuke.notices import words
        from liuke.work import handing, keeping_word, offers, raising, told, trying

        words.register(raising.NOTICE, raising.say)
        words.register(trying.NOTICE, trying.tried_words)
        words.register("today.given", told.given_words)
        words.register(offers.ASKED, offers.asked_words)
        words.register(offers.DECIDED, offers.decided_words)
        handing.register("promises.promise", keeping_word.Keepers())
