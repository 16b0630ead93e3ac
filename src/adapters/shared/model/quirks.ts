/**
 * What is odd about an endpoint that speaks a known protocol. Each oddity is a word here, named by the rows of
 * `providerRows.ts` and read by one protocol; what no row says is as most endpoints have it.
 */

/** The oddities of one endpoint. */
export interface Quirks {
  /** Chat Completions: the name of the output limit, where it is not `max_tokens`. */
  readonly limitAs?: "max_completion_tokens"
  /** Chat Completions: the role of the instructions for reasoning models, where it is not `system`. */
  readonly systemAs?: "developer"
  /** Chat Completions: usage comes unasked, and `stream_options` is refused. */
  readonly usageUnasked?: true
  /** Chat Completions: ids of calls are exactly nine letters and digits. */
  readonly nineIds?: true
  /** Chat Completions: a person may not speak right after a tool's result. */
  readonly noUserAfterTool?: true
  /** Chat Completions: in which field a model's reasoning goes back to it. */
  readonly reasoningBack?: "reasoning_content" | "reasoning_details"
  /** Chat Completions: how much to think, where not in `reasoning_effort`: an object `reasoning`, or `thinking` on and off. */
  readonly effortAs?: "reasoning" | "thinking"
  /** The models that can be told how much to think, where not all that reason can. */
  readonly effortFor?: RegExp
  /** Structured output by the schema, or as any JSON object with the schema told in words; in words alone where absent. */
  readonly schemaAs?: "json_schema" | "json_object"
  /** How a PDF file is attached; where absent it is told in words. */
  readonly pdfAs?: "file" | "document_url"
  /** Chat Completions: Claude's `cache_control` marks are taken. */
  readonly cacheMarks?: true
  /** OpenAI's protocols: `prompt_cache_key` is taken, by which requests of one session meet what was cached of it. */
  readonly cacheKey?: true
  /** Only tools written for it are shown: no call is read from an answer's text. */
  readonly noTextCalls?: true
  /** Headers that say who speaks, a person or the agent, and whether there are pictures. */
  readonly copilotHeaders?: true
  /** Anthropic: the model is named in the address, and the version in the body. */
  readonly rawPredict?: true
}
