-- GET of one URL, with the token if there is one.
dofile(os.getenv("LOAD") .. "/common.lua")

function init()
   local token = tokens()[1]
   one = wrk.format("GET", nil, token and { Authorization = "Bearer " .. token } or {})
end

function request() return one end
