"""Work that runs on its own: the worker, its handlers, what is tried again, schedules."""
