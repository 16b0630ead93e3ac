/** The workspace in memory keeps the contract, also where its root is a link. */
import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { make } from "../../../src/adapters/memory/MemoryWorkspace.ts"
import { Place, seedFiles, seedLinks, type WorkspacePlace, workspaceContract } from "../../ports/Workspace.contract.ts"
import { failure as failureOf, equal as same } from "../../support/contract.ts"
import { runContract } from "../../support/runContract.ts"

const outside = "/out"

const files = (root: string) => ({
  ...Object.fromEntries(Object.entries(seedFiles).map(([path, text]) => [`${root}/${path}`, text])),
  ...Object.fromEntries(
    Object.entries(seedLinks).map(([path, text]) => [`${root}/${path}`, { link: text.replace("OUT", outside) }])
  ),
  [`${outside}/secret.txt`]: "secret\n"
})

const place = (root: string, real: string): Effect.Effect<WorkspacePlace, unknown> =>
  Effect.gen(function* () {
    const all = { ...files(real), ...(root === real ? {} : { [root]: { link: real } }) }
    const workspace = yield* make(root, { files: all, home: "/home/dev" })
    // Memory has no way in but the service: the swap removes what is in `d`, which then is a directory; so the tree is made anew.
    const swapped = Object.fromEntries(Object.entries(all).filter(([path]) => !path.startsWith(`${real}/d/`)))
    const other = yield* make(root, { files: { ...swapped, [`${real}/d`]: { link: outside } }, home: "/home/dev" })
    let now = workspace
    const service = {
      root: workspace.root,
      locate: (path: string) => now.locate(path),
      read: (path: string, max?: number) => now.read(path, max),
      write: (path: string, bytes: Uint8Array, mode?: number) => now.write(path, bytes, mode),
      remove: (path: string) => now.remove(path),
      list: (path: string) => now.list(path)
    }
    const swap = Effect.sync(() => {
      now = other
    })
    return { workspace: service, outside, swap, ...(root === real ? {} : { otherName: real }) }
  })

runContract(workspaceContract, "MemoryWorkspace", Layer.scoped(Place, place("/home/dev/proj", "/home/dev/proj")))
runContract(workspaceContract, "MemoryWorkspace at a link", Layer.scoped(Place, place("/work/named", "/home/dev/proj")))

it.effect("what is no regular file is not read and not replaced", () =>
  Effect.gen(function* () {
    const workspace = yield* make("/p", { files: { pipe: { other: true } } })
    same((yield* failureOf(workspace.read("pipe"))).kind, "not_regular")
    same((yield* failureOf(workspace.write("pipe", new Uint8Array()))).kind, "not_regular")
    same(yield* workspace.list(""), [{ name: "pipe", kind: "other" }])
  })
)
