-- Whether the fields of a position are what these scripts write there; another program may have written too. Offsets stay
-- whole in Lua and in JavaScript, with room for one more.
local function is_epoch(value)
  return value and #value <= 64 and string.match(value, '^[%w_%-]+$') ~= nil
end

local function is_offset(value)
  return value and string.match(value, '^%d+$') ~= nil and tonumber(value) < 9007199254740991
end

local function are_offsets(offset, floor)
  return is_offset(offset) and is_offset(floor) and tonumber(floor) <= tonumber(offset)
end
