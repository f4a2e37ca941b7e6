-- PUT of 200 kB to a name of its own each time. RUN tells the runs apart.
dofile(os.getenv("LOAD") .. "/common.lua")

function init()
   body = image()
   count = 0
end

function request()
   count = count + 1
   return wrk.format("PUT", string.format("/put-%s-%d.png", os.getenv("RUN"), count), {}, body)
end
