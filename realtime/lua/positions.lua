-- The tops of many topics, KEYS being their positions: a line each, "epoch offset", in one text, which costs the client
-- next to nothing to read. An empty line: not known, or left by a server that has been restarted since, or written by
-- another program.
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local lines = {}
for i, key in ipairs(KEYS) do
  local position = redis.pcall('HMGET', key, 'epoch', 'run', 'offset')
  local known = position[2] == run and is_epoch(position[1]) and is_offset(position[3])
  lines[i] = known and position[1] .. ' ' .. position[3] or ''
end
return table.concat(lines, '\n')
