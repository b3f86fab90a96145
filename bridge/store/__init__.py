"""What must outlive a crash: one database, SQLite or PostgreSQL, and what all workers and nodes share.

Statements live here and nowhere else, by name; the rooms above know functions on a `Tx`.
"""

from __future__ import annotations
