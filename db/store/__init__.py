"""Plain functions on the database: the session first, records of `hume.records` in and out.

Functions that write belong in `db.session.transaction`; the others run in `db.session.reading` as well.
"""
