/** Each service's own way of refusing, transcribed from its documents or from public reports, becomes the right kind and a remedy. */
import { assert, describe, it } from "@effect/vitest"
import { bodyFault, replyFault, streamFault } from "../../../../src/adapters/shared/model/fault.ts"

type Row = readonly [provider: string, status: number, body: string, kind: string, remedy?: RegExp]

const json = (value: unknown): string => JSON.stringify(value)
const openAi = (message: string, code: string | null, type = "invalid_request_error") =>
  json({ error: { message, type, param: null, code } })

const rows: ReadonlyArray<Row> = [
  [
    "anthropic",
    400,
    openAi("input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000", null),
    "too_long",
    /Compact/
  ],
  [
    "anthropic",
    400,
    openAi("You have reached your specified API usage limits. You will regain access on 2026-12-01", null),
    "quota"
  ],
  [
    "openai",
    429,
    openAi(
      "Request too large for gpt-5.6 on tokens per min (TPM): Limit 30000, Requested 60000.",
      "rate_limit_exceeded",
      "tokens"
    ),
    "too_long"
  ],
  [
    "openai",
    429,
    openAi(
      "Rate limit reached for gpt-5.6 on requests per min. Please try again in 120ms.",
      "rate_limit_exceeded",
      "requests"
    ),
    "rate_limit"
  ],
  [
    "openai",
    403,
    openAi("Your organization must be verified to stream this model.", "unsupported_value"),
    "permission"
  ],
  [
    "mistral",
    400,
    json({
      object: "error",
      message: "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length",
      type: "invalid_request_prompt",
      code: "3051"
    }),
    "too_long"
  ],
  ["mistral", 401, json({ message: "Unauthorized", request_id: "x" }), "authentication", /auth login mistral/],
  [
    "mistral",
    422,
    json({
      object: "error",
      message: {
        detail: [{ type: "extra_forbidden", loc: ["body", "stream_options"], msg: "Extra inputs are not permitted" }]
      }
    }),
    "invalid"
  ],
  [
    "mistral",
    429,
    json({
      object: "error",
      message: "Service tier capacity exceeded for this model.",
      type: "service_tier_capacity_exceeded",
      code: "3505"
    }),
    "overloaded"
  ],
  [
    "groq",
    413,
    openAi(
      "Request too large for model `x` on tokens per minute (TPM): Limit 6000, Requested 7000",
      "rate_limit_exceeded",
      "tokens"
    ),
    "too_long"
  ],
  ["groq", 400, openAi("Failed to call a function. Please adjust your prompt.", "tool_use_failed"), "incomplete"],
  ["groq", 400, openAi("The model `x` has been decommissioned", "model_decommissioned"), "missing_model"],
  ["groq", 498, openAi("Flex tier capacity exceeded", "capacity_exceeded"), "overloaded"],
  [
    "openrouter",
    402,
    json({ error: { code: 402, message: "This request requires more credits, or fewer max_tokens." } }),
    "quota",
    /top it up/
  ],
  [
    "openrouter",
    403,
    json({
      error: {
        code: 403,
        message: "Your chosen model requires moderation and your input was flagged",
        metadata: { reasons: ["violence"] }
      }
    }),
    "invalid",
    /content filter/
  ],
  ["openrouter", 429, json({ error: { code: 429, message: "Rate limit exceeded: free-models-per-day" } }), "quota"],
  [
    "openrouter",
    400,
    json({ error: { code: 400, message: "x/y is not a valid model ID" } }),
    "missing_model",
    /code-mesh models/
  ],
  [
    "openrouter",
    502,
    json({
      error: {
        code: 502,
        message: "Provider returned error",
        metadata: { raw: "upstream is down", provider_name: "X" }
      }
    }),
    "server"
  ],
  [
    "azure",
    400,
    json({
      error: {
        code: "content_filter",
        message: "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
        innererror: { code: "ResponsibleAIPolicyViolation" }
      }
    }),
    "invalid",
    /content filter/
  ],
  [
    "azure",
    404,
    json({ error: { code: "DeploymentNotFound", message: "The API deployment for this resource does not exist." } }),
    "missing_model",
    /deployments/
  ],
  [
    "azure",
    401,
    json({ error: { code: "401", message: "Access denied due to invalid subscription key or wrong API endpoint." } }),
    "authentication"
  ],
  [
    "copilot",
    400,
    openAi("The requested model is not supported.", "model_not_supported"),
    "missing_model",
    /Copilot settings/
  ],
  [
    "copilot",
    403,
    openAi("You are not authorized to use this Copilot feature", "forbidden"),
    "permission",
    /settings\/copilot/
  ],
  ["copilot", 402, openAi("You have exceeded your monthly quota", "quota_exceeded"), "quota"],
  [
    "bedrock",
    403,
    json({ message: "You don't have access to the model with the specified model ID." }),
    "permission",
    /Bedrock console/
  ],
  ["bedrock", 403, json({ message: "The security token included in the request is expired" }), "authentication", /AWS/],
  ["bedrock", 400, json({ message: "Input is too long for requested model." }), "too_long"],
  [
    "bedrock",
    400,
    json({ message: "ThrottlingException: Too many requests, please wait before trying again." }),
    "rate_limit"
  ],
  [
    "vertex",
    404,
    json([
      {
        error: {
          code: 404,
          message: "Publisher Model `x` was not found or your project does not have access to it.",
          status: "NOT_FOUND"
        }
      }
    ]),
    "missing_model"
  ],
  [
    "vertex",
    429,
    json({
      error: {
        code: 429,
        message: "Quota exceeded for aiplatform.googleapis.com/online_prediction_requests_per_base_model",
        status: "RESOURCE_EXHAUSTED"
      }
    }),
    "rate_limit"
  ],
  ["ollama", 404, json({ error: "model 'qwen3-coder' not found" }), "missing_model", /ollama pull m/],
  [
    "ollama",
    500,
    json({ error: "model requires more system memory (5.6 GiB) than is available (3.0 GiB)" }),
    "invalid",
    /smaller model/
  ],
  [
    "llamacpp",
    400,
    json({
      error: {
        code: 400,
        message: "the request exceeds the available context size, try increasing it",
        type: "exceed_context_size_error",
        n_ctx: 4096
      }
    }),
    "too_long"
  ],
  ["llamacpp", 503, json({ error: { code: 503, message: "Loading model", type: "unavailable_error" } }), "overloaded"],
  [
    "llamacpp",
    500,
    json({ error: { code: 500, message: "Failed to parse input at pos 12", type: "server_error" } }),
    "incomplete"
  ],
  [
    "lmstudio",
    404,
    json({ error: { message: "No models loaded. Please load a model in the developer page." } }),
    "missing_model",
    /Load a model/
  ],
  ["lmstudio", 400, json({ error: "Trying to keep the first 9000 tokens when context the overflows." }), "too_long"],
  [
    "deepseek",
    402,
    json({ error: { message: "Insufficient Balance", type: "unknown_error", code: "invalid_request_error" } }),
    "quota"
  ],
  [
    "together",
    422,
    openAi("Input validation error: `inputs` tokens + `max_new_tokens` must be <= 32769. Given: 40000", null),
    "too_long"
  ],
  ["fireworks", 400, openAi("The prompt is too long: 200000, model maximum context length: 131071", null), "too_long"],
  [
    "cerebras",
    400,
    json({
      message: "Please reduce the length of the messages or completion.",
      type: "invalid_request_error",
      code: "context_length_exceeded"
    }),
    "too_long"
  ],
  [
    "cerebras",
    429,
    json({
      message: "We're experiencing high traffic right now!",
      type: "too_many_requests_error",
      code: "queue_exceeded"
    }),
    "overloaded"
  ],
  [
    "xai",
    400,
    json({
      code: "Client specified an invalid argument",
      error: "This model's maximum prompt length is 131072 but the request contains 537812 tokens."
    }),
    "too_long"
  ],
  [
    "xai",
    400,
    json({ code: "Client specified an invalid argument", error: "Incorrect API key provided: xa***AB." }),
    "authentication"
  ],
  [
    "xai",
    403,
    json({
      code: "The caller does not have permission",
      error: "Your team has used all available credits or reached its monthly spending limit."
    }),
    "quota"
  ],
  ["deepinfra", 402, json({ detail: { error: "Your balance is too low" } }), "quota"]
]

const origin = (provider: string) => ({ model: `${provider}/m`, provider, secrets: [] })
const reply = (provider: string, status: number, body: string, headers: Readonly<Record<string, string>> = {}) =>
  replyFault({ status, body, header: (name) => headers[name] ?? null }, origin(provider), 0)

describe("what services say", () => {
  for (const [provider, status, body, kind, remedy] of rows)
    it(`${provider} ${status} ${body.slice(0, 90)} is ${kind}`, () => {
      const fault = reply(provider, status, body)
      assert.strictEqual(fault.kind, kind)
      if (remedy !== undefined) assert.match(fault.remedy ?? "", remedy)
      assert.notInclude(fault.reason, "[object")
    })

  it("what is wrong with a body is named, and what stands behind a gateway is told", () => {
    assert.include(reply("mistral", 422, rows[7]?.[2] ?? "").reason, "body.stream_options: Extra inputs")
    assert.include(reply("openrouter", 502, rows[17]?.[2] ?? "").reason, "upstream is down")
    assert.include(reply("deepinfra", 402, json({ detail: { error: "Your balance is too low" } })).reason, "balance")
  })

  it("an error that only a header names is known, and so is a wait that is said in words", () => {
    const named = { "x-amzn-errortype": "ExpiredTokenException" }
    assert.strictEqual(reply("bedrock", 403, json({ message: "denied" }), named).kind, "authentication")
    const words = "Requests have exceeded the token rate limit of your pricing tier. Please retry after 7 seconds."
    assert.strictEqual(reply("azure", 429, json({ error: { code: "429", message: words } })).retryAfter, 7000)
    assert.strictEqual(reply("openai", 429, rows[3]?.[2] ?? "").retryAfter, 120)
  })

  it("the same words mean the same inside a stream, and with status 200", () => {
    const of = (type: string, message: string) => streamFault({ type, message }, origin("bedrock")).kind
    assert.strictEqual(of("ThrottlingException", "slow down"), "rate_limit")
    assert.strictEqual(of("insufficient_system_resource", "the service broke the answer off"), "overloaded")
    assert.strictEqual(of("invalid_request_error", "prompt is too long: 9 > 8"), "too_long")
    assert.strictEqual(bodyFault(json({ error: "model 'x' not found" }), origin("ollama")).kind, "missing_model")
  })
})
