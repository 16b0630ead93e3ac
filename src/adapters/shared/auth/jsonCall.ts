/** One small request with a JSON answer, bounded in time; what could not be reached is told from what was refused. */
import * as Effect from "effect/Effect"

/** Sends requests. */
export type Fetch = typeof globalThis.fetch

/** Nothing answered, or nothing that means anything. */
export class Unreachable extends Error {
  override readonly name = "Unreachable"
}

/** Longer than a slow server takes; shorter than other processes wait for a renewal. */
export const patience = "15 seconds"

/** An answer: its status, and its body where that is JSON. */
export interface JsonAnswer {
  readonly status: number
  readonly body: unknown
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The code of a network error says enough; its text may hold more than it should. */
export const whyUnreachable = (error: unknown): string => {
  if (error instanceof Unreachable) return error.message
  const code = error instanceof Error && "code" in error ? String(error.code) : ""
  return /^[A-Z_]+$/.test(code) ? `it cannot be reached (${code})` : "it cannot be reached"
}

/** The answer to one request; fails where there is none in time. */
export const jsonCall = (fetch: Fetch, url: string, init: RequestInit): Effect.Effect<JsonAnswer, Unreachable> =>
  Effect.tryPromise({
    try: async (signal) => {
      const answer = await fetch(url, { ...init, signal })
      return { status: answer.status, body: parsed(await answer.text()) }
    },
    catch: (error) => new Unreachable(whyUnreachable(error))
  }).pipe(
    Effect.timeoutFail({ duration: patience, onTimeout: () => new Unreachable("it did not answer in time") }),
    Effect.filterOrFail(
      ({ status }) => status < 500 && status !== 429,
      ({ status }) => new Unreachable(`it answered with HTTP ${status}`)
    )
  )
