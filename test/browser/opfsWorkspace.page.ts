/** In a page: the contract of Workspace over OPFS. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { make } from "../../src/adapters/browser/OpfsWorkspace.ts"
import { Place, plainWorkspaceContract, seedFiles } from "../ports/Workspace.contract.ts"
import { collect } from "../support/contract.ts"

let count = 0

/** A fresh folder with these files in it. */
export const workspaceOf = (files: Readonly<Record<string, string | Uint8Array>>) =>
  Effect.gen(function* () {
    count += 1
    const top = yield* Effect.promise(() => navigator.storage.getDirectory())
    const folder = yield* Effect.promise(() => top.getDirectoryHandle(`place-${count}`, { create: true }))
    const workspace = yield* make("/work/proj", { folder, home: "/home/dev" })
    for (const [path, content] of Object.entries(files)) {
      yield* workspace.write(path, typeof content === "string" ? new TextEncoder().encode(content) : content)
    }
    return workspace
  })

/** Runs the contract of Workspace. */
export const run = () =>
  collect(plainWorkspaceContract, () =>
    Layer.effect(
      Place,
      Effect.map(workspaceOf(seedFiles), (workspace) => ({ workspace }))
    )
  )
