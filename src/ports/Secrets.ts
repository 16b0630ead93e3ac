/** The secrets that this process knows, so that none of them is recorded, sent or shown. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"

/** A secret, and what stands in its place. */
export interface KnownSecret {
  /** What people are told: an environment variable, a setting. */
  readonly name: string
  readonly value: Redacted.Redacted<string>
}

/** The secrets that this process knows; a world that says nothing knows none. */
export class Secrets extends Context.Reference<Secrets>()("code-mesh/ports/Secrets", {
  defaultValue: (): {
    /** All that are known by now; asked for often, and never a reason to ask a person. */
    readonly known: Effect.Effect<ReadonlyArray<KnownSecret>>
  } => ({ known: Effect.succeed([]) })
}) {}
