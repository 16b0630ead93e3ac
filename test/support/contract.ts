/** Contracts as data: the same list of tests runs under vitest and inside a browser page. Imports nothing of either. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import type * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"

/** One promise of a port, and how to check it on a fresh adapter. */
export interface ContractTest<Port> {
  /** A sentence. */
  readonly name: string
  readonly run: Effect.Effect<unknown, unknown, Port | Scope.Scope>
}

/** What every adapter of a port must hold. */
export interface Contract<Port> {
  readonly name: string
  readonly tests: ReadonlyArray<ContractTest<Port>>
}

/** How one test of a contract ended, in a shape that crosses from a page to Node. */
export interface ContractResult {
  readonly name: string
  readonly ok: boolean
  readonly error?: string
}

/** Two values that should have been equal; vitest shows the difference. */
export class NotEqual extends Error {
  readonly actual: unknown
  readonly expected: unknown
  constructor(actual: unknown, expected: unknown, note: string) {
    super(`${note === "" ? "not equal" : note}: got ${show(actual)}, want ${show(expected)}`)
    this.actual = actual
    this.expected = expected
  }
}

const plain = (_key: string, value: unknown): unknown => {
  if (value === undefined) return "undefined"
  if (typeof value === "bigint") return `${value}n`
  if (value instanceof Uint8Array) return { bytes: Array.from(value) }
  if (value instanceof Map) return { map: [...value] }
  if (value instanceof Set) return { set: [...value] }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
const show = (value: unknown): string => JSON.stringify(value, plain) ?? String(value)

/** Fails unless both values are the same, compared whole by their content. */
export const equal = (actual: unknown, expected: unknown, note = ""): void => {
  if (show(actual) !== show(expected)) throw new NotEqual(actual, expected, note)
}

/** Fails unless the condition holds. */
export function ok(condition: boolean, note: string): asserts condition {
  if (!condition) throw new Error(note)
}

/** The typed error of an effect that must fail; a success or a defect fails the test. */
export const failure = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<E, never, R> =>
  Effect.flatMap(Effect.either(effect), (either) =>
    Either.isLeft(either)
      ? Effect.succeed(either.left)
      : Effect.die(new Error(`should have failed, but gave ${show(either.right)}`))
  )

/** Runs one test on a fresh adapter. */
export const runTest = <Port, E>(test: ContractTest<Port>, layer: Layer.Layer<Port, E>): Effect.Effect<void, unknown> =>
  Effect.asVoid(Effect.scoped(Effect.provide(test.run, layer)))

/** Runs every test of a contract, each on a fresh adapter, and tells how each ended: what a page hands back. */
export const collect = async <Port, E>(
  contract: Contract<Port>,
  layer: Layer.Layer<Port, E> | (() => Layer.Layer<Port, E>)
): Promise<ReadonlyArray<ContractResult>> => {
  const results: Array<ContractResult> = []
  for (const test of contract.tests) {
    const exit = await Effect.runPromiseExit(runTest(test, typeof layer === "function" ? layer() : layer))
    results.push(
      Exit.isSuccess(exit)
        ? { name: test.name, ok: true }
        : { name: test.name, ok: false, error: Cause.pretty(exit.cause) }
    )
  }
  return results
}
