"""Who is leaving, and what is that worth: the probability models of the field, fitted, chosen and checked against what came.

A customer is a purchase history (x, t_x, T): repeat deal days x, time t_x of the last of them and age T, both counted from the
first deal day, in weeks. Everything here is NumPy and SciPy on such histories; no Django, no clock.

history.of_days(...)          customers → distinct histories with weights
fit.fit(model, parts)         maximum likelihood, summed over parts
fit.MODELS[key]               bgnbd, mbgnbd, paretonbd: what each says of a history
"""
