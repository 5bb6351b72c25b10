"""Rows into SQL databases: MS SQL, PostgreSQL, SQLite and whatever else SQLAlchemy speaks."""

from lineside.adapters.sql_sink.settings import SqlSinkConfig

__all__ = ["SqlSinkConfig"]
