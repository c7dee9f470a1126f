/** The gateway's part of the error catalogue (see catalogue.ts). Codes are what clients read in `error.code`. */
export const gatewayErrors = {
  missing_api_key: {
    what: 'No API key was presented.',
    fix: 'Send it as "Authorization: Bearer KEY"; "x-api-key" and "api-key" work too.',
  },
  invalid_api_key: {
    what: 'The API key presented is not one of this server.',
    fix: 'Check it for missing characters, or ask the administrator for the current one.',
  },
  too_many_key_checks: {
    what: 'Too many unknown keys are being checked.',
    fix: 'Server overloaded: rate limit reached, try again in 5s.',
  },
  too_many_wrong_keys: {
    what: 'Too many wrong API keys came from this address.',
    fix: 'Check the key. Server overloaded: rate limit reached, try again in 5s.',
  },
  key_expired: {
    what: 'The API key was valid until {expiresAt}.',
    fix: 'Ask the administrator for another, or to let this one live longer.',
  },
  scope_missing: {
    what: 'This API key may not be used for this: it lacks the scope "{scope}".',
    fix: 'It has: {scopes}. Use another key, or ask the administrator for that scope.',
  },
  model_not_allowed: {
    what: 'This API key may not use {model}.',
    fix: 'It may use: {models}. Name one of those, or ask the administrator for more.',
  },
  rate_limit_exceeded: {
    what: 'This API key may send {limit} requests per minute.',
    fix: 'Server overloaded: rate limit reached, try again in {seconds}s.',
  },
  concurrency_limit_exceeded: {
    what: 'This API key may have {limit} requests at the same time.',
    fix: 'Server overloaded: rate limit reached, try again in {seconds}s.',
  },
  token_limit_exceeded: {
    what: 'Rate limit reached: this API key has used up its {limit} tokens of today.',
    fix: 'There are more from {resetsAt} on; ask the administrator if you need them earlier.',
  },
  keys_unavailable: {
    what: 'No API key can be checked: this server cannot read which of them are valid.',
    fix: 'Tell the administrator, who finds the reason with "onepilot status".',
  },
  unknown_path: {
    what: 'There is nothing at this path.',
    fix: '{hint}These exist: {paths}.',
  },
  method_not_allowed: {
    what: 'This path does not answer {method}.',
    fix: 'It answers {allowed}.',
  },
  invalid_json: {
    what: 'The request body is not valid JSON.',
    fix: 'Send one JSON object, encoded as UTF-8.',
  },
  invalid_body: {
    what: 'The request body must be a JSON object.',
    fix: 'Send an object that holds "messages", a "prompt" or an "input".',
  },
  body_too_large: {
    what: 'The request body is larger than {kibibytes} KiB.',
    fix: 'Send fewer or shorter messages.',
  },
  body_too_complex: {
    what: 'The request body has more than {values} values.',
    fix: 'Send fewer, or several requests.',
  },
  bodies_full: {
    what: 'Server overloaded: the requests under way are too large together.',
    fix: 'Rate limit reached, try again in {seconds}s.',
  },
  invalid_parameter: {
    what: '"{parameter}" must be {expected}.',
    fix: 'Correct it and send the request again.',
  },
  previous_response_not_found: {
    what: 'The previous response was not found: this server keeps none.',
    fix: 'Send the whole conversation as "input", without "previous_response_id".',
  },
  model_not_found: {
    what: 'There is no model "{model}" here.',
    fix: 'These exist: {models}.',
  },
  no_model_for_role: {
    what: 'No model of this server can be used for this path; it needs one with the role "{role}".',
    fix: 'Ask the administrator for such a model, or use another path.',
  },
  context_length_exceeded: {
    what: "This model's maximum context length is {contextSize} tokens. However, your request has {tokens} input tokens, which exceeds the available context size.",
    fix: 'Please reduce the length of the messages.',
  },
  queue_full: {
    what: 'Server overloaded: {waiting} requests are waiting already.',
    fix: 'Rate limit reached, try again in {seconds}s.',
  },
  superseded: {
    what: 'A newer completion was asked for before this one could begin.',
    fix: 'Use the newer one; nothing needs to be done.',
  },
  engine_rejected: {
    what: 'The engine refused the request: {message}',
    fix: 'Change the request as the message says.',
  },
  not_supported: {
    what: 'The model cannot do this: {message}',
    fix: 'Use another path or another model.',
  },
  engine_loading: {
    what: 'The model is still being loaded.',
    fix: 'Server overloaded: try again in {seconds}s.',
  },
  memory_short: {
    what: 'The model was given up because the machine is short of memory.',
    fix: 'Server overloaded: try again in {seconds}s.',
  },
  model_failed: {
    what: 'The model cannot be loaded. {reason}',
    fix: 'Tell the administrator: {fix}',
  },
  engine_unavailable: {
    what: 'The engine is not running.',
    fix: 'Try again in {seconds}s; if it stays so, the administrator finds the reason in "journalctl -u onepilot-engine".',
  },
  engine_failed: {
    what: 'The engine broke off before its answer was complete.',
    fix: 'Send the request again; if it stays so, the administrator finds the reason in "journalctl -u onepilot-engine".',
  },
  engine_restarting: {
    what: 'The engine is being restarted.',
    fix: 'Server overloaded: try again in {seconds}s.',
  },
  upstream_failed: {
    what: 'The upstream "{upstream}" failed: {reason}.',
    fix: 'Send the request again, or ask for another model.',
  },
  upstream_unavailable: {
    what: 'The upstream "{upstream}" cannot answer at the moment.',
    fix: 'Server overloaded: try again in {seconds}s.',
  },
  upstream_busy: {
    what: 'The upstream "{upstream}" has too many requests.',
    fix: 'Server overloaded: rate limit reached, try again in {seconds}s.',
  },
  upstream_refused: {
    what: 'The upstream "{upstream}" does not take requests from this server (status {status}).',
    fix: 'Tell the administrator, who checks address, key and models in ONEAPP_COPILOT_UPSTREAMS.',
  },
  upstream_rejected: {
    what: 'The upstream "{upstream}" refused the request: {message}',
    fix: 'Change the request as the message says, or ask for another model.',
  },
  gateway_stopping: {
    what: 'The server was restarted before the answer was complete.',
    fix: 'Send the request again.',
  },
  malformed_request: {
    what: 'The request is not valid HTTP/1.1, or it took too long to arrive.',
    fix: 'Send the request again over a new connection.',
  },
  internal_error: {
    what: 'The gateway failed in a way nobody foresaw.',
    fix: 'Report it with the request id in the x-request-id header.',
  },
  configuration_refused: {
    what: "This machine's configuration was refused: {problems}",
    fix: "Correct the virtual machine's context; it is taken up while the machine runs.",
  },
  usage_unreadable: {
    what: 'What was used cannot be told at this moment.',
    fix: 'Try again in 60s; if it stays so, the administrator finds the reason in "journalctl -u onepilot-gateway".',
  },
  gateway_configuration_unreadable: {
    what: 'The gateway cannot read its configuration {path} ({reason}).',
    fix: 'Restart onepilot-agent.service, which writes that file.',
  },
  gateway_configuration_invalid: {
    what: 'The gateway does not understand its configuration {path}: {problems}',
    fix: 'Restart onepilot-agent.service, which writes that file.',
  },
  gateway_certificate_unusable: {
    what: 'What is in {path} cannot be served: {reason}.',
    fix: 'Restart onepilot-agent.service, which writes that file.',
  },
  gateway_trusted_certificate_unusable: {
    what: "The certificate that others trust cannot be served from {path} ({reason}); clients get that of this VM's own CA.",
    fix: 'Look with: onepilot certificate status. If that says nothing of it, restart onepilot-reconcile.service, which writes that file.',
  },
  https_required: {
    what: 'This server is spoken to over HTTPS: http:// leads to where this request is to be sent.',
    fix: 'Write https:// instead of http:// in the address.',
  },
  key_sent_unencrypted: {
    what: 'This request carried a key and came over http://, which anybody on the way could read.',
    fix: 'Write https:// instead of http:// in the address, and have the key replaced.',
  },
  unknown_host: {
    what: 'This request does not name a host (the Host header), so there is no address to lead to.',
    fix: 'Write https:// and the name or address of the server.',
  },
  gateway_engine_moved: {
    what: 'The engine listens on another socket, {socket}, which a reload cannot take up.',
    fix: 'Restart onepilot-gateway.service.',
  },
  egress_configuration_invalid: {
    what: 'The way out to upstreams does not understand its configuration {path}: {problems}',
    fix: 'Restart onepilot-agent.service, which writes that file.',
  },
  GATEWAY_CONTROL_UNREACHABLE: {
    what: 'The gateway takes no orders at {socket} ({reason}).',
    fix: 'Look at it with: systemctl status onepilot-gateway',
  },
  GATEWAY_USAGE_UNTOLD: {
    what: 'The gateway does not tell what was used. {reason}',
    fix: 'Find the reason with: onepilot logs gateway',
  },
  GATEWAY_RELOAD_REFUSED: {
    what: 'The gateway keeps its old configuration, since it cannot take up the new one. {reason}',
    fix: 'Correct what it says, then: systemctl reload onepilot-gateway',
  },
} as const;
