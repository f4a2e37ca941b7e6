-- Uploads of 200 kB by everybody in TOKENS, in turn, each with a key of its own. RUN tells the runs apart.
dofile(os.getenv("LOAD") .. "/common.lua")

function init()
   local boundary = "----form-boundary-7MA4YWxkTrZu0gW"
   body = "--" .. boundary
      .. '\r\nContent-Disposition: form-data; name="screenshot"; filename="screenshot.png"\r\n'
      .. "Content-Type: image/png\r\n\r\n" .. image() .. "\r\n--" .. boundary .. "--\r\n"
   headers = { ["Content-Type"] = "multipart/form-data; boundary=" .. boundary }
   following = turns(tokens())
   count = 0
end

function request()
   count = count + 1
   headers["Authorization"] = "Bearer " .. following()
   headers["Idempotency-Key"] = string.format("%08x-0000-4000-8000-%012x", tonumber(os.getenv("RUN")), count)
   return wrk.format("POST", "/api/uploads/screenshot", headers, body)
end
