/** How fast one model of one endpoint is asked: what its answers say of its limits, and what "too many requests" teaches. */

/** So much is left until the limit is full again. */
export interface Left {
  readonly count: number
  readonly until: number
}

/** What an answer says of the limits of its model. */
export interface Limits {
  readonly requests?: Left
  readonly tokens?: Left
}

/** The requests to one model that are on their way, and what holds the next ones back. Times are of the clock. */
export interface Pace extends Limits {
  readonly active: number
  /** At most so many at once: without limit, until the provider says that there were too many. */
  readonly most: number
  readonly heldUntil: number
}

/** Nothing is on its way, and nothing is known of limits. */
export const freePace: Pace = { active: 0, most: Number.POSITIVE_INFINITY, heldUntil: 0 }

/** Milliseconds that a request waits in line for a limit without a word; a longer wait is an error that says how long. */
export const quietWait = 20_000

/** Milliseconds that headers may hold back, whatever they say: after that the provider is asked. */
export const mostHold = 60_000

/** Milliseconds that "too many requests" holds back, where it does not say how long. */
export const shortHold = 1_000

const until = (left: Left | undefined, wanted: number, now: number): number =>
  left === undefined || now >= left.until || left.count >= wanted ? 0 : left.until

/** When a request of so many tokens may be made: a time, which may be past. */
export const mayStart = (pace: Pace, tokens: number, now: number): number =>
  Math.max(pace.heldUntil, until(pace.requests, 1, now), until(pace.tokens, tokens, now))

/** Whether there is room for one more beside those on their way. */
export const hasRoom = (pace: Pace): boolean => pace.active < pace.most

const taken = (left: Left | undefined, count: number) =>
  left === undefined ? undefined : { ...left, count: left.count - count }

const withLimits = ({ heldUntil, active, most }: Pace, requests: Left | undefined, tokens: Left | undefined): Pace => ({
  heldUntil,
  active,
  most,
  ...(requests === undefined ? {} : { requests }),
  ...(tokens === undefined ? {} : { tokens })
})

/** The pace with one more request of so many tokens on its way. */
export const started = (pace: Pace, tokens: number): Pace =>
  withLimits({ ...pace, active: pace.active + 1 }, taken(pace.requests, 1), taken(pace.tokens, tokens))

/** The pace with one request less on its way. */
export const ended = (pace: Pace): Pace => ({ ...pace, active: pace.active - 1 })

/** The pace after an answer said what is left of its limits. */
export const heard = (pace: Pace, said: Limits): Pace =>
  withLimits(pace, said.requests ?? pace.requests, said.tokens ?? pace.tokens)

/** The pace after a whole answer: one more at once than before. */
export const answeredWell = (pace: Pace): Pace => ({ ...pace, most: pace.most + 1 })

/**
 * The pace after "too many requests": everybody waits as long as it says, and then half as many go at once. A time that
 * nobody waits for holds nobody back: a person who asks again wants the provider's word, which may be another by then.
 */
export const tooMany = (pace: Pace, now: number, retryAfter: number = shortHold): Pace => ({
  ...pace,
  most: Math.max(1, Math.floor(pace.active / 2)),
  heldUntil: retryAfter > quietWait ? pace.heldUntil : Math.max(pace.heldUntil, now + retryAfter)
})

type Header = (name: string) => string | null

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** `1s`, `6m0s`, `88ms`, plain seconds, a date, or a time since 1970 in seconds or milliseconds: as milliseconds from now. */
export const millisUntil = (text: string, now: number): number | undefined => {
  const given = text.trim()
  if (/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(given)) {
    const parts = Array.from(given.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g))
    return Math.ceil(parts.reduce((sum, [, count, unit]) => sum + Number(count) * (units[unit ?? ""] ?? 0), 0))
  }
  if (/^\d+(\.\d+)?$/.test(given)) {
    const count = Number(given)
    return count > 1e12 ? count - now : count > 1e9 ? count * 1000 - now : Math.ceil(count * 1000)
  }
  const date = given === "" ? Number.NaN : Date.parse(given)
  return Number.isNaN(date) ? undefined : date - now
}

const leftOf = (header: Header, now: number, names: ReadonlyArray<readonly [string, string]>): Left | undefined => {
  for (const [remaining, reset] of names) {
    const count = header(remaining)?.trim() ?? ""
    const wait = millisUntil(header(reset) ?? "", now)
    if (/^\d+$/.test(count) && wait !== undefined)
      return { count: Number(count), until: now + Math.min(Math.max(0, wait), mostHold) }
  }
  return undefined
}

/** What the headers of an answer say of limits, in the ways of OpenAI, Anthropic and those who follow them. */
export const limitsIn = (header: Header, now: number): Limits => {
  const requests = leftOf(header, now, [
    ["x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"],
    ["anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset"],
    ["x-ratelimit-remaining", "x-ratelimit-reset"]
  ])
  const tokens = leftOf(header, now, [
    ["x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"],
    ["anthropic-ratelimit-input-tokens-remaining", "anthropic-ratelimit-input-tokens-reset"],
    ["anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset"]
  ])
  return { ...(requests === undefined ? {} : { requests }), ...(tokens === undefined ? {} : { tokens }) }
}
