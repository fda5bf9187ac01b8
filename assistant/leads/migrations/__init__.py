"""Alembic migrations of the leads database, run when it is opened."""
