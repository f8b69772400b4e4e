"""The database of HUME: tables, sessions, migrations and the store's plain functions. It knows no task type."""
