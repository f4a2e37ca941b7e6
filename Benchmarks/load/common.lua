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

-- The start of a PNG, and bytes up to 200 kB that nobody can compress.
function image()
   local start = string.char(0x89) .. "PNG\r\n" .. string.char(0x1a) .. "\n" .. string.char(0, 0, 0, 13) .. "IHDR"
   local source = assert(io.open("/dev/urandom", "rb"))
   local bytes = start .. source:read(200000 - #start)
   source:close()
   return bytes
end

function done(summary, latency)
   local e = summary.errors
   io.write(string.format('REPORT {"requests": %d, "seconds": %.6f, "p50": %.6f, "errors": %d}\n',
      summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e6,
      e.status + e.connect + e.read + e.write + e.timeout))
end
