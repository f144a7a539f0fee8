"""All that runs by itself, readable in a minute. Times are the company's own (settings.TIME_ZONE), in cron's five fields."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from croniter import croniter

from liuke.jobs import repair, tasks


@dataclass(frozen=True)
class Entry:
    name: str
    when: str
    task: Any  # django_tasks.Task: its generic parameters differ per entry

    def after(self, moment: datetime) -> datetime:
        """The first time due strictly after `moment` (aware)."""
        due: datetime = croniter(self.when, moment).get_next(datetime)
        return due


TIMETABLE = (
    Entry("rounds", "20 5 * * *", tasks.look_at_rounds),
    Entry("insight", "30 5 * * *", tasks.run_insight),
    Entry("promises", "20 5 * * *", tasks.break_promises),
    Entry("catch-up", "* * * * *", tasks.catch_up),
    Entry("backtest", "45 3 1 * *", tasks.monthly_backtest),
    Entry("resume-imports", "*/5 * * * *", tasks.resume_imports),
    Entry("exports", "*/10 * * * *", tasks.tend_exports),
    Entry("resume-bulk-edits", "*/5 * * * *", tasks.resume_bulk_edits),
    Entry("forget-uploads", "15 4 * * *", tasks.forget_uploads),
    Entry("retention", "35 4 * * *", tasks.apply_retention),
    Entry("pool", "50 5 * * *", tasks.keep_pool),
    Entry("complaints", "* * * * *", repair.tend_complaints),
    Entry("complaint-words", "25 3 2 * *", repair.learn_complaints),
    Entry("care", "55 5 * * *", tasks.plan_care),
    Entry("win-back", "58 5 * * *", repair.win_back),
    Entry("churn-books", "*/5 * * * *", repair.keep_books),
    Entry("visits", "0 6 * * *", tasks.tend_visits),
    Entry("visit-drafts", "0 15 * * 5", tasks.draft_visits),
    Entry("survey-answers", "* * * * *", repair.settle_answers),
    Entry("surveys", "0 9 * * *", repair.tend_surveys),
    Entry("next-contacts", "5 6 * * *", tasks.keep_next_contacts),
    Entry("overdue", "15 6 * * *", tasks.raise_overdue),
    Entry("improvement", "25 6 * * *", repair.mind_improvement),
    Entry("sample", "10 6 * * 1", tasks.draw_sample),
    Entry("duplicates", "10 3 * * *", tasks.scan_duplicates),
    Entry("completeness", "25 * * * *", tasks.count_completeness),
    Entry("completeness-whole", "40 2 * * *", tasks.mend_completeness),
    Entry("notices", "* * * * *", tasks.send_notices),
    Entry("late-cards", "40 8 * * *", tasks.remind_of_cards),
    Entry("forget-notices", "50 4 * * *", tasks.forget_notices),
    Entry("audit-witness", "0 * * * *", tasks.witness_audit),
)
