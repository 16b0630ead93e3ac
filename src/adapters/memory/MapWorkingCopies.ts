/**
 * Working copies kept in maps over any workspace: for tests, and for hosts without a shell such as the browser. How is
 * loaded when the first is opened.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Digest } from "../../ports/Digest.ts"
import { WorkingCopies } from "../../ports/WorkingCopies.ts"
import type { MapWorkingCopiesOptions } from "./mappedCopies.ts"

/** Working copies over the workspaces that `options` names. */
export const make = (options: MapWorkingCopiesOptions): Effect.Effect<WorkingCopies["Type"], never, Digest> =>
  Effect.gen(function* () {
    const digest = yield* Digest
    const loaded = yield* Effect.cached(
      Effect.flatMap(
        Effect.promise(() => import("./mappedCopies.ts")),
        ({ mappedCopies }) => Effect.provideService(mappedCopies(options), Digest, digest)
      )
    )
    return {
      open: (session, root) => Effect.flatMap(loaded, (copies) => copies.open(session, root)),
      merge: (session, root, changes, onto) =>
        Effect.flatMap(loaded, (copies) => copies.merge(session, root, changes, onto)),
      content: (blob) => Effect.flatMap(loaded, (copies) => copies.content(blob)),
      inPlace: options.workspace,
      idle: Effect.flatMap(loaded, (copies) => copies.idle),
      drop: (session, root) => Effect.flatMap(loaded, (copies) => copies.drop(session, root)),
      collect: (named) => Effect.flatMap(loaded, (copies) => copies.collect(named))
    }
  })

/** Working copies kept in maps. */
export const layer = (options: MapWorkingCopiesOptions): Layer.Layer<WorkingCopies, never, Digest> =>
  Layer.effect(WorkingCopies, make(options))
