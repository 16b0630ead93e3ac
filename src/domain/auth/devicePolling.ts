/** RFC 8628 as far as it decides: how long to wait between questions, and when to stop asking. */

/** What the token endpoint said to one question, or that it could not be reached. */
export type DeviceAnswer<A> =
  | { readonly kind: "granted"; readonly value: A }
  | { readonly kind: "refused"; readonly error: string; readonly interval?: number }
  | { readonly kind: "unreachable"; readonly reason: string }

/** Where the polling is: seconds between questions, and when the code ends. */
export interface Polling {
  readonly interval: number
  /** Milliseconds since 1970. */
  readonly ends: number
}

/** What to do next. */
export type DeviceStep<A> =
  | { readonly kind: "wait"; readonly polling: Polling }
  | { readonly kind: "granted"; readonly value: A }
  | { readonly kind: "over"; readonly reason: string }

/** Seconds where the server names none, and by which `slow_down` lengthens the wait. */
const five = 5

/** The beginning, as the server set it. */
export const polling = (now: number, given: { readonly interval?: number; readonly expiresIn: number }): Polling => ({
  interval: Math.max(1, given.interval ?? five),
  ends: now + given.expiresIn * 1000
})

const reasons: Readonly<Record<string, string>> = {
  access_denied: "you said no",
  expired_token: "the code has expired"
}

/** The step after an answer. */
export const afterAnswer = <A>(now: number, at: Polling, answer: DeviceAnswer<A>): DeviceStep<A> => {
  if (answer.kind === "granted") return answer
  const next = (interval: number): DeviceStep<A> =>
    now + interval * 1000 >= at.ends
      ? { kind: "over", reason: "the code has expired" }
      : { kind: "wait", polling: { ...at, interval } }
  // Exponential, as the RFC asks after a timeout; the code's end bounds it.
  if (answer.kind === "unreachable") return next(at.interval * 2)
  if (answer.error === "authorization_pending") return next(at.interval)
  if (answer.error === "slow_down") return next(Math.max(at.interval + five, answer.interval ?? 0))
  return { kind: "over", reason: reasons[answer.error] ?? `the provider said ${answer.error}` }
}
