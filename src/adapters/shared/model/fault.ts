/** Puts what went wrong at a provider into a ModelError, without keys and without pages of HTML. */
import { ModelError } from "../../../ports/LanguageModel.ts"
import type { StreamFault } from "./answer.ts"
import { guessOf, kindOf, remedyOf } from "./faultKinds.ts"
import { at, countAt, listAt, parseJson, textAt } from "./fields.ts"

type Kind = ModelError["kind"]

/** A provider's answer with an error status. */
export interface Reply {
  readonly status: number
  readonly header: (name: string) => string | null
  readonly body: string
}

/** What every fault says of its origin. `secrets` never appear in a message. */
export interface Origin {
  readonly model: string
  readonly provider: string
  readonly secrets: ReadonlyArray<string>
}

const limit = 300

/** Text for a message: one line, bounded, without keys. */
export const discreet = (text: string, secrets: ReadonlyArray<string>): string => {
  const known = secrets.filter((secret) => secret.length >= 4)
  const hidden = known.reduce((all, secret) => all.replaceAll(secret, "[key]"), text)
  const line = hidden
    .replace(/\b(?:sk|gsk|xai|key|pk)-[\w*-]{6,}/g, "[key]")
    .replace(/\bBearer\s+\S+/gi, "Bearer [key]")
    .replace(/\s+/g, " ")
    .trim()
  const short = line.length > limit ? `${line.slice(0, limit)}…` : line
  return short.replace(/[.\s]+$/, "")
}

/** Milliseconds that `retry-after-ms` or `retry-after` ask for: seconds, or a date. */
export const retryAfterOf = (header: (name: string) => string | null, now: number): number | undefined => {
  const exact = header("retry-after-ms")?.trim() ?? ""
  if (/^\d+(\.\d+)?$/.test(exact)) return Math.ceil(Number(exact))
  const given = header("retry-after")?.trim() ?? ""
  if (/^\d+(\.\d+)?$/.test(given)) return Math.ceil(Number(given) * 1000)
  const date = given === "" ? Number.NaN : Date.parse(given)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

const byStatus = (status: number): Kind => {
  if (status === 401 || status === 407) return "authentication"
  if (status === 402) return "quota"
  if (status === 403) return "permission"
  if (status === 404) return "missing_model"
  if (status === 408 || status === 504 || status === 524) return "timeout"
  if (status === 413) return "too_long"
  if (status === 429) return "rate_limit"
  // 498 is Groq's.
  if (status === 529 || status === 503 || status === 498) return "overloaded"
  if (status >= 500) return "server"
  return status >= 400 ? "invalid" : "protocol"
}

const types: ReadonlyMap<string, Kind> = new Map([
  ["overloaded_error", "overloaded"],
  ["overloaded", "overloaded"],
  ["rate_limit_error", "rate_limit"],
  ["rate_limit_exceeded", "rate_limit"],
  ["api_error", "server"],
  ["server_error", "server"],
  ["internal_server_error", "server"],
  ["internal_error", "server"],
  ["timeout_error", "timeout"],
  ["authentication_error", "authentication"],
  ["invalid_api_key", "authentication"],
  ["permission_error", "permission"],
  ["not_found_error", "missing_model"],
  ["model_not_found", "missing_model"],
  ["billing_error", "quota"],
  ["insufficient_quota", "quota"],
  ["request_too_large", "too_long"],
  ["context_length_exceeded", "too_long"],
  ["invalid_request_error", "invalid"],
  ["invalid_prompt", "invalid"],
  ["blocked", "invalid"],
  ["malformed_call", "incomplete"],
  ["throttlingexception", "rate_limit"],
  ["resource_exhausted", "rate_limit"],
  ["unavailable", "overloaded"],
  ["insufficient_system_resource", "overloaded"],
  ["content_filter", "invalid"]
])

const isHtml = (body: string): boolean => /^\s*(<!doctype|<html|<head|<body|<\?xml)/i.test(body)

/** A body's JSON; Google wraps an error into a list where it was to stream. */
const errorJson = (body: string): unknown => {
  const json = parseJson(body)
  return Array.isArray(json) ? json[0] : json
}

// Google's way of saying `retry-after`: seconds with a fraction, in a detail of the error.
const retryDelayOf = (json: unknown): number | undefined => {
  const delays = listAt(json, "error", "details").flatMap((detail) => textAt(detail, "retryDelay") ?? [])
  const seconds = /^(\d+(?:\.\d+)?)s$/.exec(delays[0] ?? "")?.[1]
  return seconds === undefined ? undefined : Math.ceil(Number(seconds) * 1000)
}

const texts: ReadonlyArray<ReadonlyArray<string>> = [
  // OpenRouter's own words are "Provider returned error"; here is what that provider said.
  ["error", "metadata", "raw"],
  ["error", "message"],
  ["message"],
  ["error"],
  ["detail"],
  ["detail", "error"],
  ["detail", "message"]
]

// FastAPI's lists of what is wrong with a body, as Mistral and others send them.
const listed = (json: unknown): string | undefined => {
  const all = [...listAt(json, "detail"), ...listAt(json, "message", "detail")]
  const said = all.map((one) => `${listAt(one, "loc").join(".")}: ${textAt(one, "msg") ?? ""}`)
  return said.length === 0 ? undefined : said.join("; ")
}

const sayBody = (body: string, secrets: ReadonlyArray<string>): string => {
  const json = errorJson(body)
  const said = texts.map((path) => textAt(json, ...path)).find((text) => text !== undefined && text.trim() !== "")
  const words = said ?? listed(json)
  if (words !== undefined) return discreet(words, secrets)
  if (isHtml(body)) return "the answer is a page of HTML, as proxies and login pages send"
  return discreet(body, secrets) || "no reason was given"
}

interface Said {
  readonly reason: string
  /** All that the service said, to judge by. */
  readonly words?: string
  readonly status?: number
  readonly retryAfter?: number
}

const make = (kind: Kind, origin: Origin, { reason, words = "", ...more }: Said): ModelError => {
  const remedy = remedyOf(kind, words, origin)
  const fields = { kind: kindOf(kind, words, origin), model: origin.model, reason, ...more }
  return new ModelError({ ...fields, ...(remedy === undefined ? {} : { remedy }) })
}

// Azure and others say it in words alone.
const waitIn = (words: string): number | undefined => {
  const found = /(?:retry after|try again in) (\d+(?:\.\d+)?) ?(ms|s\b|seconds?)/i.exec(words)
  return found === null ? undefined : Math.ceil(Number(found[1]) * (found[2] === "ms" ? 1 : 1000))
}

/** The error of an answer with an error status. */
export const replyFault = (reply: Reply, origin: Origin, now: number): ModelError => {
  const json = errorJson(reply.body)
  const { status } = reply
  const codes = [at(json, "error", "code"), at(json, "error", "type"), at(json, "type"), at(json, "code")]
  const named = [...codes, at(json, "error", "innererror", "code"), reply.header("x-amzn-errortype")]
  const words = [...named.filter((one) => typeof one === "string"), sayBody(reply.body, [])].join(" ")
  const delay = retryDelayOf(json)
  const retryAfter = retryAfterOf(reply.header, now) ?? delay ?? (status === 429 ? waitIn(words) : undefined)
  const wait = retryAfter === undefined || retryAfter < 1000 ? "" : ` (wait ${Math.ceil(retryAfter / 1000)} s)`
  return make(byStatus(status), origin, {
    reason: `HTTP ${status}: ${sayBody(reply.body, origin.secrets)}${wait}`,
    // A quota that is full again in so many seconds is a rate.
    words: delay === undefined ? words : "",
    status,
    ...(retryAfter === undefined ? {} : { retryAfter })
  })
}

/** The error that a provider sent inside a stream. */
export const streamFault = (fault: StreamFault, origin: Origin): ModelError => {
  const known = fault.type === undefined ? undefined : types.get(fault.type.toLowerCase())
  const words = `${fault.type ?? ""} ${fault.message}`
  const guess = known ?? (fault.status === undefined ? guessOf(words, origin) : byStatus(fault.status))
  const said = discreet(fault.message, origin.secrets) || "no reason was given"
  const status = fault.status !== undefined && fault.status >= 100 && fault.status < 600 ? { status: fault.status } : {}
  return make(guess, origin, {
    reason: fault.type === undefined ? said : `${fault.type}: ${said}`,
    words,
    ...status
  })
}

/** The error of an answer that is no stream: JSON with an error, a page of HTML, or something else. */
export const bodyFault = (body: string, origin: Origin): ModelError => {
  const json = errorJson(body)
  const error = at(json, "error")
  if (error === undefined || error === null) {
    return make("protocol", origin, { reason: `status 200, but no answer: ${sayBody(body, origin.secrets)}` })
  }
  const type = textAt(error, "type") ?? textAt(error, "code")
  const status = countAt(error, "code")
  const message = textAt(error, "message") ?? textAt(json, "error") ?? ""
  return streamFault({ message, ...(type ? { type } : {}), ...(status === undefined ? {} : { status }) }, origin)
}

const causes = (error: unknown): string => {
  const words: Array<string> = []
  for (let one = error, depth = 0; one !== undefined && one !== null && depth < 4; depth += 1) {
    const said = textAt(one, "message") ?? (one instanceof Error ? one.message : "")
    const code = one instanceof Error ? (Reflect.get(one, "code") ?? "") : ""
    words.push(`${said}${typeof code === "string" && code !== "" && !said.includes(code) ? ` (${code})` : ""}`)
    one = one instanceof Error ? one.cause : undefined
  }
  return words.filter((word) => word !== "").join(": ")
}

/** The error of a connection that failed, or of a recording that does not fit. */
export const networkFault = (error: unknown, origin: Origin): ModelError => {
  const kind = error instanceof Error && error.name === "CassetteMismatch" ? "protocol" : "network"
  return make(kind, origin, { reason: discreet(causes(error), origin.secrets) || "the connection failed" })
}

/** The error of an answer that broke off. */
export const brokenOff = (origin: Origin, why: string): ModelError =>
  make("incomplete", origin, { reason: discreet(why, origin.secrets) })

/** The error of an answer that stalled. */
export const stalled = (origin: Origin, millis: number): ModelError =>
  make("timeout", origin, { reason: `nothing came for ${Math.round(millis / 1000)} s` })
