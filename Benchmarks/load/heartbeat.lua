-- Heartbeats of everybody in TOKENS, in turn.
dofile(os.getenv("LOAD") .. "/common.lua")

function init()
   local requests = {}
   for _, token in ipairs(tokens()) do
      requests[#requests + 1] = wrk.format("POST", "/api/work/heartbeat",
         { Authorization = "Bearer " .. token, ["Content-Type"] = "application/json" }, '{"idleDeltaSeconds":0}')
   end
   following = turns(requests)
end

function request() return following() end
