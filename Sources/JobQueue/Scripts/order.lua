-- A sorted set that a script works on in its own memory and writes back at the end: a call for each look and each change
-- would cost more than the work itself. What is held is always the true beginning of the set, as long as is needed; an entry
-- that moves behind it is written and forgotten until more is read.
--   order.key, order.names, order.tags   what is held stands from order.head to order.tail, by tag, then by name
--   order.whole                          nothing stands behind it
--   order.changed, order.removed         what is to be written
--   order.gone                           how many of the first are gone, while nothing else has changed; or else below zero
local function read_order(order, count)
  local found = call('ZRANGE', order.key, 0, count - 1, 'WITHSCORES')
  local names, tags = {}, {}
  for i = 1, #found, 2 do names[(i + 1) / 2], tags[(i + 1) / 2] = found[i], tonumber(found[i + 1]) end
  order.names, order.tags, order.head, order.tail, order.whole = names, tags, 1, #names, #names < count
  order.changed, order.removed, order.gone = {}, {}, 0
  if order.on_read then order.on_read(names) end
end

-- Many tags are alike, and to write a number takes longer than to find it.
local texts = {}
local function text(number)
  local found = texts[number]
  if not found then
    found = string.format('%.17g', number)
    texts[number] = found
  end
  return found
end

local function open_order(key, count, on_read)
  local order = { key = key, count = count, on_read = on_read }
  read_order(order, count)
  return order
end

local function write_order(order)
  local added, removed = {}, {}
  for name, tag in pairs(order.changed) do
    added[#added + 1] = text(tag)
    added[#added + 1] = name
  end
  for name in pairs(order.removed) do removed[#removed + 1] = name end
  -- By their rank they are found at once, and not one by one.
  if order.gone > 0 then
    call('ZREMRANGEBYRANK', order.key, 0, order.gone - 1)
  elseif #removed > 0 then
    call('ZREM', order.key, unpack(removed))
  end
  if #added > 0 then call('ZADD', order.key, unpack(added)) end
  order.changed, order.removed, order.gone = {}, {}, 0
end

-- True when there is an entry at that place, counted from the first.
local function reaches(order, place)
  if order.head + place - 1 <= order.tail then return true end
  if order.whole then return false end
  write_order(order)
  read_order(order, math.max(order.count, place))
  return place <= order.tail
end

local function drop(order, place)
  local at = order.head + place - 1
  order.changed[order.names[at]], order.removed[order.names[at]] = nil, true
  if place == 1 then
    order.head, order.gone = order.head + 1, order.gone + 1
  else
    order.gone = -math.huge
    table.remove(order.names, at)
    table.remove(order.tags, at)
    order.tail = order.tail - 1
  end
end

-- Moves the entry at a place to where its new tag belongs.
local function move(order, place, tag)
  local name = order.names[order.head + place - 1]
  drop(order, place)
  order.removed[name], order.changed[name], order.gone = nil, tag, -math.huge
  local low, high = order.head, order.tail + 1
  while low < high do
    local middle = math.floor((low + high) / 2)
    if order.tags[middle] < tag or (order.tags[middle] == tag and order.names[middle] < name) then
      low = middle + 1
    else
      high = middle
    end
  end
  if low > order.tail and not order.whole then return end
  table.insert(order.names, low, name)
  table.insert(order.tags, low, tag)
  order.tail = order.tail + 1
end
