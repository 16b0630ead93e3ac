/** Contracts as data: laws that a test runner in Node and a page in a browser can both check. */
import * as Effect from "effect/Effect"

/** One sentence that must be true, and the check of it. `skip` says why it cannot be checked here. */
export interface Law<Place> {
  readonly name: string
  readonly check: (place: Place) => Effect.Effect<void, unknown>
  readonly skip?: (place: Place) => string | undefined
}

const shown = (value: unknown): string =>
  JSON.stringify(value, (_, it) =>
    it instanceof Uint8Array ? { bytes: [...it] } : it === undefined ? "undefined" : it
  )

const canonical = (value: unknown): unknown => {
  if (value instanceof Uint8Array) return { bytes: [...value] }
  if (Array.isArray(value)) return value.map(canonical)
  if (typeof value !== "object" || value === null) return value
  const entries = Object.entries(value).filter(([, it]) => it !== undefined)
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, it]) => [key, canonical(it)]))
}

/** Throws where two values are not made of the same members. */
export const same = (actual: unknown, expected: unknown, what = ""): void => {
  const [a, b] = [JSON.stringify(canonical(actual)), JSON.stringify(canonical(expected))]
  if (a !== b) throw new Error(`${what === "" ? "" : `${what}: `}expected ${shown(expected)}, got ${shown(actual)}`)
}

/** Throws where something is not so. */
export const holds = (condition: boolean, what: string): void => {
  if (!condition) throw new Error(what)
}

/** The failure of an effect that must fail. */
export const failureOf = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<E, Error> =>
  effect.pipe(
    Effect.flip,
    Effect.mapError((value) => new Error(`it should have failed, but gave ${shown(value)}`))
  )
