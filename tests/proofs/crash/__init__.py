"""Crashes on purpose: processes killed at named points and at system calls, disks that lose what was not synced, disks
that are full or broken, workers that stand still past their lease. Each harness counts what it did."""
