"""What is decided within Redis, each in one step and by its clock. A member is `node:number`; values are plain text."""

from __future__ import annotations

_NOW = "local t = redis.call('TIME') local now = tonumber(t[1]) + tonumber(t[2]) / 1000000 "

# The bucket of bridge/store/bus/bucket.py: rate, size, count, wanted, tokens at first; what was taken,
# when again (µs), what is left (thousandths)
TOKENS = (
    _NOW
    + """
local rate, size, count, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens, at = tonumber(kept[1] or ARGV[5]), tonumber(kept[2] or now)
tokens = math.min(size, tokens + math.max(0, now - at) * rate)
local taken = 0
if tokens >= count then taken = math.min(wanted, math.floor(tokens)) end
redis.call('HSET', KEYS[1], 'tokens', string.format('%.9f', tokens - taken),
           'at', string.format('%.6f', math.max(at, now)))
redis.call('PEXPIRE', KEYS[1], math.ceil((size / rate + 60) * 1000))
return {taken, math.ceil(math.max(0, math.min(count, size) - tokens) / rate * 1000000),
        math.floor((tokens - taken) * 1000)}
"""
)

# member, size, lease in s → 1 when it has a place
PLACE = (
    _NOW
    + """
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[3]), ARGV[1])
redis.call('PEXPIRE', KEYS[1], math.ceil(tonumber(ARGV[3]) * 2000))
return 1
"""
)

# member, lease in s: it is still there, also where Redis forgot it
STAY = (
    _NOW
    + """
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), ARGV[1])
redis.call('PEXPIRE', KEYS[1], math.ceil(tonumber(ARGV[2]) * 2000))
return 1
"""
)

# member, channel, word: the place is free
LEAVE = "if redis.call('ZREM', KEYS[1], ARGV[1]) == 1 then redis.call('PUBLISH', ARGV[2], ARGV[3]) end return 1"

# lock, fence; member, ttl in ms → its fence, 0 when another has it
LOCK = (
    _NOW
    + """
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 0 end
local fence = math.max(tonumber(redis.call('GET', KEYS[2]) or 0) + 1, math.floor(now * 1000000))
redis.call('SET', KEYS[2], string.format('%.0f', fence))
return fence
"""
)

# member, ttl in ms → 1 while it has it
RENEW = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""

# lock, gift; member, channel, word, present (empty: none), ms that it is kept: the lock is free
FREE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
if ARGV[4] == '' then redis.call('DEL', KEYS[2]) else redis.call('SET', KEYS[2], ARGV[4], 'PX', ARGV[5]) end
redis.call('PUBLISH', ARGV[2], ARGV[3])
return 1
"""
