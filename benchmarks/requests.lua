-- Plays a file of requests in turn: one per line, `METHOD<TAB>path<TAB>token<TAB>body`;
-- `*` for a token asks whether anything has changed. The second argument says after which line
-- to begin, so that every round plays other requests.
local requests, position = {}, 0

function init(args)
   for line in io.lines(args[1]) do
      local method, path, token, body = line:match("^(%S+)\t(%S+)\t([^\t]*)\t(.*)$")
      local headers = {}
      if token == "*" then headers["If-None-Match"] = "*"
      elseif token ~= "" then headers["Authorization"] = "Bearer " .. token end
      if body ~= "" then headers["Content-Type"] = "application/json" else body = nil end
      requests[#requests + 1] = wrk.format(method, path, headers, body)
   end
   position = tonumber(args[2] or 0)
end

function request()
   position = position % #requests + 1
   return requests[position]
end

function done(summary, latency)
   local errors = summary.errors
   io.write(string.format(
      '\nRESULT {"requests": %d, "seconds": %.6f, "p50_ms": %.3f, "p95_ms": %.3f, ' ..
      '"p99_ms": %.3f, "errors": %d}\n',
      summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3,
      latency:percentile(95) / 1e3, latency:percentile(99) / 1e3,
      errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
