"""今日: the day's list, its tasks and outcomes, the team's day, offers to be agreed, what stays readable without a network."""
