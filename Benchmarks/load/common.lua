-- What all loads share: tokens, one a line in TOKENS, and a report that a program can read.
function tokens()
   local list = {}
   for line in (os.getenv("TOKENS") or ""):gmatch("[^\n]+") do list[#list + 1] = line end
   return list
end

-- Takes turns with the elements of a list.
function turns(list)
   local position = 0
   return function()
      position = position % #list + 1
      return list[position]
   end
end

local bit = require("bit")

local function word(number)
   local bytes = {}
   for index, shift in ipairs({24, 16, 8, 0}) do bytes[index] = bit.band(bit.rshift(number, shift), 255) end
   return string.char(unpack(bytes))
end

-- A chunk of a PNG with its checksum.
local function chunk(name, content)
   local checked, sum = name .. content, bit.bnot(0)
   for index = 1, #checked do
      sum = bit.bxor(sum, checked:byte(index))
      for _ = 1, 8 do sum = bit.bxor(bit.rshift(sum, 1), bit.band(0xEDB88320, -bit.band(sum, 1))) end
   end
   return word(#content) .. checked .. word(bit.bnot(sum))
end

-- A file of 200 kB with the structure of a PNG, around bytes that nobody can compress.
function image()
   local start = string.char(0x89) .. "PNG\r\n" .. string.char(0x1a) .. "\n"
      .. chunk("IHDR", word(640) .. word(480) .. string.char(8, 2, 0, 0, 0))
   local rest = chunk("IEND", "")
   local source = assert(io.open("/dev/urandom", "rb"))
   local noise = source:read(200000 - #start - #rest - 14)
   source:close()
   return start .. chunk("IDAT", string.char(0x78, 0x01) .. noise) .. rest
end

function done(summary, latency)
   local e = summary.errors
   io.write(string.format('REPORT {"requests": %d, "seconds": %.6f, "p50": %.6f, "errors": %d}\n',
      summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e6,
      e.status + e.connect + e.read + e.write + e.timeout))
end
