-- Make a topic usable again whose keys another program wrote to. What is not of its kind goes, what is left is read under
-- a new epoch. KEYS: position, finals, ids, keys, values. ARGV[1]: max age.
local kinds = {'hash', 'stream', 'zset', 'zset', 'hash'}

local function drop_if_foreign(i)
  local kind = redis.call('TYPE', KEYS[i]).ok
  local foreign = kind ~= 'none' and kind ~= kinds[i]
  if foreign then
    redis.call('DEL', KEYS[i])
  end
  return foreign
end

-- A stream never takes an id below one that it has had: so it is made anew, without what is past the top.
local function rebuild_finals(offset)
  local finals = redis.call('XRANGE', KEYS[2], '-', offset .. '-0')
  redis.call('DEL', KEYS[2], KEYS[3])
  for _, final in ipairs(finals) do
    redis.call('XADD', KEYS[2], final[1], unpack(final[2]))
    if final[2][1] == 'id' then
      local offset = string.match(final[1], '^%d+')
      redis.call('ZADD', KEYS[3], offset, final[2][2])
      if final[2][5] == 'ends' and final[2][6] ~= '' then
        redis.call('ZADD', KEYS[3], offset, 'ends ' .. final[2][6])
      end
    end
  end
end

for i = 1, 3 do
  drop_if_foreign(i)
end
local keys, values = drop_if_foreign(4), drop_if_foreign(5)
if keys or values then
  redis.call('DEL', KEYS[4], KEYS[5])
end
local position = redis.call('HMGET', KEYS[1], 'offset', 'floor')
if are_offsets(position[1], position[2]) then
  rebuild_finals(position[1])
  redis.call('HDEL', KEYS[1], 'run')
  for i = 1, 5 do
    redis.call('EXPIRE', KEYS[i], ARGV[1])
  end
else
  redis.call('DEL', KEYS[1])
end
