-- Read past a position: returns {epoch, offset, recovered, finals, keyed}. ARGV[3], ARGV[4]: the epoch and offset that
-- the reader has; offset 'all' reads all. What a reader has is good if it is of this epoch, not of the future, and nothing
-- past it was dropped; otherwise it has a gap, and nothing is returned but the top.
local position = redis.call('HMGET', KEYS[1], 'offset', 'floor')
local offset, floor, since = tonumber(position[1]), tonumber(position[2]), tonumber(ARGV[4]) or 0
if ARGV[4] ~= 'all' and (ARGV[3] ~= epoch or since > offset or since < floor) then
  return {epoch, offset, 0, {}, {}}
end

local finals = redis.call('XRANGE', KEYS[2], string.format('%.0f-0', since + 1), string.format('%.0f', offset))
local keyed = {}
local keys = redis.call('ZRANGEBYSCORE', KEYS[4], string.format('(%.0f', since), '+inf', 'WITHSCORES')
for i = 1, #keys, 2 do
  keyed[#keyed + 1] = {keys[i], tonumber(keys[i + 1]), redis.call('HGET', KEYS[5], keys[i])}
end
return {epoch, offset, 1, finals, keyed}
