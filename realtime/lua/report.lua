-- A process says how it is. KEYS: the processes, the counts. ARGV: the process, what it says, then names of counts and
-- by how much each has grown. The time is the server's, so that the clocks of several machines may differ.
local now = redis.call('TIME')
redis.call('HSET', KEYS[1], ARGV[1], now[1] .. ' ' .. ARGV[2])
for i = 3, #ARGV, 2 do
  redis.call('HINCRBY', KEYS[2], ARGV[i], ARGV[i + 1])
end
