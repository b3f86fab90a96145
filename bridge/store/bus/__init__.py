"""What workers and nodes share while they run: messages, rates, places, locks.

In process, over a Unix socket, or Redis. `contract.py` says what is promised; whatever must outlive a crash belongs
into the store and not in here.
"""

from bridge.store.bus.contract import Bus, Heard, Held, Missed, Places, Tokens
from bridge.store.bus.memory import MemoryBus

__all__ = ["Bus", "Heard", "Held", "MemoryBus", "Missed", "Places", "Tokens"]
