"""Other places to run the very same functions. Nothing here distributes work: Spark does.

session.session() -> SparkSession                                           as the settings say, with our code sent along
spark.grade_spark(session, deals, others, as_of_day, ...) -> Graded         the three phases of `liuke.analytics` by mapInArrow
population.train_spark(facts, deals, others, horizon_days) -> Chosen        a choice of churn model, its likelihoods summed over partitions
"""
