"""Puts the parts together: what is started when, what is stopped when, and how a reload swaps the snapshot."""

from bridge.app.application import Application, Refused
from bridge.app.gathering import Gathering
from bridge.app.guess import reads

__all__ = ["Application", "Gathering", "Refused", "reads"]
