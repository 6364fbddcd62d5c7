-- Append one event: returns {epoch, offset}, of the first time if the event is here already; offset 0 if its key has
-- ended, and then it is nowhere.
-- ARGV[3..7]: max events, event id, body, key, ends (key and ends: '' is none).
local most, id, body, key, ends = tonumber(ARGV[3]), ARGV[4], ARGV[5], ARGV[6], ARGV[7]

-- Beside a key's value, the ids that it has had, also those that were replaced: ' id=offset' each, the newest first. The
-- field is no key, since keys are UTF-8, and no id has a space or '='.
local function ids_of(of)
  return '\255' .. of
end

local MOST_IDS = 512 -- characters, and what is begun: the 7 newest at least, of ids as publish() makes them some 20
local ids = key ~= '' and redis.call('HGET', KEYS[5], ids_of(key)) or ''

-- Where the event is already: of its key, as a final, or as what a final has ended.
local function first_offset()
  local _, last = string.find(ids, ' ' .. id .. '=', 1, true)
  return last and string.match(ids, '^%d+', last + 1) or redis.call('ZSCORE', KEYS[3], id)
end

-- The id stays known, beside those of the finals and as long as they: repeated, the event must not follow its final.
local function forget(ended)
  local offset, value = redis.call('ZSCORE', KEYS[4], ended), redis.call('HGET', KEYS[5], ended)
  redis.call('ZREM', KEYS[4], ended)
  redis.call('HDEL', KEYS[5], ended, ids_of(ended))
  if offset and value then
    redis.call('ZADD', KEYS[3], 'NX', offset, string.match(value, '^[^ ]*'))
  end
end

-- What is dropped for want of room raises the floor: a client below it has a gap, and starts over.
local function raise_floor(offset)
  if tonumber(offset) > tonumber(redis.call('HGET', KEYS[1], 'floor')) then
    redis.call('HSET', KEYS[1], 'floor', offset)
  end
end

-- Beside the ids, so that it is remembered as long as the final that ended it; no id has a space.
local function mark_of(ended)
  return 'ends ' .. ended
end

local function append_final(offset)
  redis.call('XADD', KEYS[2], offset .. '-0', 'id', id, 'body', body, 'ends', ends)
  redis.call('ZADD', KEYS[3], offset, id)
  if ends ~= '' then
    forget(ends)
    redis.call('ZADD', KEYS[3], offset, mark_of(ends))
  end
  local surplus = redis.call('XLEN', KEYS[2]) - most
  if surplus > 0 then
    local dropped = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', surplus)
    local last = string.match(dropped[#dropped][1], '^%d+')
    redis.call('XTRIM', KEYS[2], 'MAXLEN', '=', most)
    redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', last)
    raise_floor(last)
  end
end

local function append_keyed(offset, keys)
  keys = keys + redis.call('ZADD', KEYS[4], offset, key)
  ids = ' ' .. id .. '=' .. offset .. ids
  local full = string.find(ids, ' ', MOST_IDS, true)
  redis.call('HSET', KEYS[5], key, id .. ' ' .. body, ids_of(key), full and string.sub(ids, 1, full - 1) or ids)
  if keys > most then
    local dropped = redis.call('ZPOPMIN', KEYS[4])
    redis.call('HDEL', KEYS[5], dropped[1], ids_of(dropped[1]))
    raise_floor(dropped[2])
  end
end

-- Look at what this kind of event does not need: a topic in which any key is another program's takes no event at all, so
-- that all are in order once it is mended.
local keys = redis.call('ZCARD', KEYS[4])
if key == '' then
  redis.call('HLEN', KEYS[5])
else
  redis.call('XLEN', KEYS[2])
end

local offset = first_offset()
if not offset and key ~= '' and redis.call('ZSCORE', KEYS[3], mark_of(key)) then
  offset = 0
elseif not offset then
  offset = string.format('%.0f', redis.call('HINCRBY', KEYS[1], 'offset', 1))
  if key == '' then
    append_final(offset)
  else
    append_keyed(offset, keys)
  end
  for i = 1, 5 do
    redis.call('EXPIRE', KEYS[i], ARGV[2])
  end
end
return {epoch, tonumber(offset)}
