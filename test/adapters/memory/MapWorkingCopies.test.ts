/** Working copies in maps keep the contract, in Node and in Chromium, and say that no command can run in them. */
import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { make as makeCopies } from "../../../src/adapters/memory/MapWorkingCopies.ts"
import { make as makeWorkspace } from "../../../src/adapters/memory/MemoryWorkspace.ts"
import * as WebDigest from "../../../src/adapters/shared/WebDigest.ts"
import { FileError, type WorkspaceService } from "../../../src/ports/Workspace.ts"
import { Place as CopiesPlace, filesIn, session, workingCopiesContract } from "../../ports/WorkingCopies.contract.ts"
import { Place, seedFiles, seedLinks, workspaceContract } from "../../ports/Workspace.contract.ts"
import { failure, ok as holds, equal as same } from "../../support/contract.ts"
import { place } from "../../support/mapCopies.ts"
import { runContract, runContractInChromium } from "../../support/runContract.ts"

runContract(workingCopiesContract, "MapWorkingCopies", place)
runContractInChromium(workingCopiesContract, "MapWorkingCopies", new URL("./mapWorkingCopies.page.ts", import.meta.url))

const root = "/home/dev/proj"
const files = {
  ...Object.fromEntries(Object.entries(seedFiles).map(([path, text]) => [`${root}/${path}`, text])),
  ...Object.fromEntries(
    Object.entries(seedLinks).map(([path, text]) => [`${root}/${path}`, { link: text.replace("OUT", "/out") }])
  ),
  "/out/secret.txt": "secret\n"
}

/** A copy as a workspace; `touched` has rows that make the slower way through links necessary. */
const copyPlace = (touched: boolean) =>
  Layer.effect(
    Place,
    Effect.gen(function* () {
      const real = yield* makeWorkspace(root, { files, home: "/home/dev" })
      const copies = yield* makeCopies({ workspace: () => Effect.succeed(real) })
      const { workspace } = yield* copies.open(session, root)
      if (touched) {
        yield* workspace.write("Z.txt", new TextEncoder().encode("touched\n"))
        yield* workspace.write("Z.txt", new TextEncoder().encode(seedFiles["Z.txt"] ?? ""))
      }
      return { workspace, outside: "/out" }
    })
  ).pipe(Layer.provide(WebDigest.layer))

const laws = {
  ...workspaceContract,
  // Links have no text here, so they can be seen but not removed; and nobody swaps folders in memory.
  tests: workspaceContract.tests.filter((test) => !/removing it keeps the file|became a link out/.test(test.name))
}
runContract(laws, "an untouched copy in maps", copyPlace(false))
runContract(laws, "a touched copy in maps", copyPlace(true))

it.effect("no command can run in a copy in memory, and it says why", () =>
  Effect.gen(function* () {
    const { copies, real } = yield* CopiesPlace
    const copy = yield* copies.open(session, real.root)
    const error = yield* failure(copy.materialise)
    same(error._tag, "CopyFailed")
    holds(error.reason.includes("no shell here"), error.reason)
  }).pipe(Effect.provide(place))
)

it.effect("a write that fails half way takes back those before it", () =>
  Effect.gen(function* () {
    const start = { "a.txt": "a\n", "b.txt": "b\n", "c.txt": "c\n" }
    const memory = yield* makeWorkspace("/p", { files: start })
    let full = false
    const real: WorkspaceService = {
      ...memory,
      write: (path, bytes, mode) =>
        full && path.endsWith("c.txt") && bytes.length > 2
          ? Effect.fail(new FileError({ kind: "no_space", path, reason: "the disk is full" }))
          : memory.write(path, bytes, mode)
    }
    const copies = yield* makeCopies({ workspace: () => Effect.succeed(real) })
    const { checkpoint, workspace } = yield* copies.open(session, "/p")
    yield* workspace.remove("a.txt")
    for (const path of ["b.txt", "c.txt", "n.txt"]) yield* workspace.write(path, new TextEncoder().encode("more\n"))
    const changes = yield* checkpoint(Effect.succeed)
    full = true
    const error = yield* failure(copies.merge(session, "/p", changes, "root"))
    same(error._tag === "FileError" && error.kind, "no_space")
    same(yield* filesIn(real), start)
    full = false
    holds((yield* copies.merge(session, "/p", changes, "root")).ok, "goes through later")
    same(yield* filesIn(real), { "b.txt": "more\n", "c.txt": "more\n", "n.txt": "more\n" })
  }).pipe(Effect.provide(WebDigest.layer))
)
