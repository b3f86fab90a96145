"""Topics: what is published, kept in order, and read from any place on."""

from __future__ import annotations
