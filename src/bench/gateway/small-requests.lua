-- For wrk: requests with a key, which comes by the environment so that no list of processes shows it, and the figures
-- as a line of JSON.
wrk.headers["Authorization"] = "Bearer " .. os.getenv("BENCH_KEY")
local body = os.getenv("BENCH_BODY")
if body then
  wrk.method = "POST"
  wrk.body = body
  wrk.headers["Content-Type"] = "application/json"
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format('{"requests":%d,"microseconds":%d,"failed":%d,"p99":%.1f}\n',
    summary.requests, summary.duration, failed, latency:percentile(99)))
end
