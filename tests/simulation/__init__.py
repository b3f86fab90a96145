"""The real layers in simulated time: minutes of load on a system that fails, in a second or two, and always the same.

Only the loop's clock and the system behind are made up; the order of the layers is bridge/layers/stack.py's own.
"""
