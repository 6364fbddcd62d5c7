-- Common head of the scripts. KEYS: position, finals, ids, keys, values. ARGV[1]: a new random epoch; ARGV[2]: max age.
-- A server with another run_id may have lost its last writes, and would give their offsets to other events: so it is
-- another epoch. What the history holds stays readable under it.
-- All keys expire together, that long after the last append. If reading kept the position alive, it would outlive what it
-- counts, and readers that missed it would not be told.
local function current_epoch()
  local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
  local known = redis.call('HMGET', KEYS[1], 'epoch', 'run', 'offset', 'floor')
  if not (known[1] or known[3]) then
    redis.call('DEL', KEYS[2], KEYS[3], KEYS[4], KEYS[5])
    redis.call('HSET', KEYS[1], 'offset', 0, 'floor', 0)
    redis.call('EXPIRE', KEYS[1], ARGV[2])
  elseif not are_offsets(known[3], known[4]) then
    error('the position has strange offsets')
  elseif known[2] == run then
    assert(is_epoch(known[1]), 'the position has a strange epoch')
    return known[1]
  end
  redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'run', run)
  return ARGV[1]
end

local epoch = current_epoch()
