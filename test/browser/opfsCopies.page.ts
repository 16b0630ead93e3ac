/** The contract of working copies as a page has them: over a folder of OPFS, with what they keep in OPFS too. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { make as keptIn } from "../../src/adapters/browser/OpfsKept.ts"
import { make as makeCopies } from "../../src/adapters/memory/MapWorkingCopies.ts"
import * as WebDigest from "../../src/adapters/shared/WebDigest.ts"
import { Place, seed, workingCopiesContract } from "../ports/WorkingCopies.contract.ts"
import { collect } from "../support/contract.ts"
import { workspaceOf } from "./opfsWorkspace.page.ts"

let count = 0

const place = () =>
  Layer.effect(
    Place,
    Effect.gen(function* () {
      const real = yield* workspaceOf(seed)
      const kept = yield* keptIn(`kept/${++count}`)
      const make = Effect.provide(makeCopies({ workspace: () => Effect.succeed(real), kept }), WebDigest.layer)
      return { copies: yield* make, real, again: make, foldersVanish: false, bitless: true, prepare: () => Effect.void }
    })
  )

/** Runs the contract. */
export const run = () => collect(workingCopiesContract, place)
