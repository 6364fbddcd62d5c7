-- The tops of many topics, KEYS being their positions: a line each, "epoch offset", in one text, which costs the client
-- next to nothing to read. An empty line: not known, or left by a server that has been restarted since.
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local lines = {}
for i, key in ipairs(KEYS) do
  local position = redis.call('HMGET', key, 'epoch', 'run', 'offset')
  lines[i] = position[2] == run and position[1] .. ' ' .. position[3] or ''
end
return table.concat(lines, '\n')
