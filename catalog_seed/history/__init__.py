"""The demonstration's history: two years of a shop that nobody has had, written by the shop's own services.

Read `run` first; `plan` says what happens, `sales` and `purchases` do it, `months` closes what is over.
"""
