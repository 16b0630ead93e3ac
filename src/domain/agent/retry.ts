/** Which model errors are worth another try, and when. */
import type { ModelError } from "../../ports/LanguageModel.ts"

/** So many tries in all, the first one included. */
export const mostTries = 5

/** Why an answer that ended well, but holds neither words nor calls, is incomplete. */
export const emptyAnswer = "the answer was empty, without words or tool calls"

/** So many tries where the answer is empty, or has no end: what says nothing twice will not say more. */
const mostVainTries = 2

/** How the reason of an answer begins that did not end in the time that a request may take. */
export const lateAnswer = "the answer did not end"

/** The longest that a provider's `Retry-After` is honoured, in milliseconds; a longer one ends the turn. */
export const mostWait = 120_000

const passing: ReadonlySet<ModelError["kind"]> = new Set([
  "overloaded",
  "rate_limit",
  "server",
  "network",
  "incomplete",
  "timeout"
])

/**
 * Milliseconds to wait before try number `attempt` + 1, or nothing where there shall be none. What the provider asks for
 * is the least; else half a second, doubled each time, up to 20 s, with a quarter of `jitter` (0 to 1) on top.
 */
export const retryDelay = (error: ModelError, attempt: number, jitter: number): number | undefined => {
  const most = error.reason === emptyAnswer || error.reason.startsWith(lateAnswer) ? mostVainTries : mostTries
  if (!passing.has(error.kind) || attempt >= most) return undefined
  const asked = error.retryAfter ?? 0
  if (asked > mostWait) return undefined
  const own = Math.min(20_000, 500 * 2 ** (attempt - 1))
  return Math.round(Math.max(asked, own) * (1 + jitter / 4))
}

/** The longest that is waited on a provider's word, in milliseconds, where another model may stand in. */
export const patience = 20_000

/** `retryDelay` where another model may stand in at once: then nobody waits long, nor for an endpoint that is left alone. */
export const delayWithSpare = (error: ModelError, attempt: number, jitter: number): number | undefined =>
  error.resting === true || (error.retryAfter ?? 0) > patience ? undefined : retryDelay(error, attempt, jitter)

/** A number from 0 to 1 that looks random and is the same for the same hash, so that a replay waits as the run did. */
export const jitter = (hash: string): number => Number.parseInt(hash.slice(0, 8) || "0", 16) / 0x1_0000_0000
