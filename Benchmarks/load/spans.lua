-- Work of a second that nobody told in time, from START (seconds since 1970) on, by everybody in TOKENS in turn; never the same
-- twice, nor touching.
dofile(os.getenv("LOAD") .. "/common.lua")

function init()
   headers = { ["Content-Type"] = "application/json" }
   people = tokens()
   count = 0
end

function request()
   local start = tonumber(os.getenv("START")) + math.floor(count / #people) * 2
   headers["Authorization"] = "Bearer " .. people[count % #people + 1]
   count = count + 1
   local form = "!%Y-%m-%dT%H:%M:%SZ"
   return wrk.format("POST", "/api/work/spans", headers, string.format(
      '{"spans":[{"key":"00000000-0000-4000-8000-000000000000","startedAt":"%s","endedAt":"%s","idleSeconds":0}]}',
      os.date(form, start), os.date(form, start + 1)))
end
