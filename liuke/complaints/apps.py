from django.apps import AppConfig


class ComplaintsConfig(AppConfig):
    name = "liuke.complaints"
    label = "complaints"
    verbose_name = "投诉"

    def ready(self) -> None:
        from liuke.complaints import handing as moving
        from liuke.complaints import outcomes, queries, saying
        from liuke.notices.words import register as notice
        from liuke.promises import guards
        from liuke.work import busy, handing, kinds
        from liuke.work.labels import TaskKind

        manner = kinds.Manner(
            lambda task, pack, on, reader: saying.reason(task, pack, on),
            saying.settled,
            saying.say,
            saying.OUTCOMES,
            put_off=saying.put_off,
            finished=outcomes.finished,
            undone=outcomes.undone,
            given=moving.given,
        )
        kinds.register(TaskKind.COMPLAINT, manner)
        handing.register("complaints.complaint", moving.Owners())
        handing.register("complaints.agreement", moving.Keepers())
        busy.register(queries.complaining)
        guards.register("complaints.agreement", moving.keep_closed)
        for key, say in saying.NOTICES.items():
            notice(f"complaint.{key}", say, clock=key in saying.RUN_A_CLOCK)
