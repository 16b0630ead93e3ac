/** Working copies in maps over a workspace in memory, as their contract meets them. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { make as makeCopies } from "../../src/adapters/memory/MapWorkingCopies.ts"
import { make as makeWorkspace } from "../../src/adapters/memory/MemoryWorkspace.ts"
import * as WebDigest from "../../src/adapters/shared/WebDigest.ts"
import type { FileError } from "../../src/ports/Workspace.ts"
import { Place, seed } from "../ports/WorkingCopies.contract.ts"

/** Bytes kept by name, which two makers of copies can share as two pages share a store. */
export const keptBytes = () => {
  const map = new Map<string, { readonly bytes: Uint8Array; readonly at: number }>()
  return {
    get: (name: string): Effect.Effect<Uint8Array | undefined, FileError> => Effect.sync(() => map.get(name)?.bytes),
    put: (name: string, bytes: Uint8Array): Effect.Effect<void, FileError> =>
      Effect.map(Clock.currentTimeMillis, (at) => void map.set(name, { bytes, at })),
    remove: (name: string): Effect.Effect<void, FileError> => Effect.sync(() => void map.delete(name)),
    list: (folder: string) =>
      Effect.sync(() =>
        Array.from(map, ([name, { at, bytes }]) => ({ name, size: bytes.length, at })).filter(({ name }) =>
          name.startsWith(`${folder}/`)
        )
      )
  }
}

/** The place on memory. */
export const place = Layer.effect(
  Place,
  Effect.gen(function* () {
    const real = yield* makeWorkspace("/home/dev/proj", { files: seed, home: "/home/dev" })
    const options = { workspace: () => Effect.succeed(real), kept: keptBytes() }
    const make = Effect.provide(makeCopies(options), WebDigest.layer)
    return { copies: yield* make, real, again: make, foldersVanish: false, prepare: () => Effect.void }
  })
)
