"""Where events go: the log, the metrics, and all of them at once. Sinks never block and never raise."""
