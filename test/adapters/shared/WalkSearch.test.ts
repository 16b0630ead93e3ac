/** Search by walking keeps the contract, follows no link, and lets no pattern run for ever. */
import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { make as memory } from "../../../src/adapters/memory/MemoryWorkspace.ts"
import { make as search } from "../../../src/adapters/shared/WalkSearch.ts"
import { Place, searchContract, searchFiles } from "../../ports/Search.contract.ts"
import { equal, failure } from "../../support/contract.ts"
import { runContract } from "../../support/runContract.ts"

runContract(
  searchContract,
  "WalkSearch over memory",
  Layer.effect(
    Place,
    Effect.map(memory("/proj", { files: searchFiles }), (workspace) => ({ search, workspace }))
  )
)

it.effect("links are listed, those to directories are not walked, and what they lead to is searched once", () =>
  Effect.gen(function* () {
    const workspace = yield* memory("/proj", {
      files: {
        "d/a.ts": "root: x\n",
        "d/loop": { link: "../d" },
        "to-a.ts": { link: "d/a.ts" },
        etc: { link: "/etc" },
        "passwd.ts": { link: "/etc/passwd" },
        "/etc/passwd": "root: y\n"
      }
    })
    equal((yield* search.glob(workspace, { pattern: "**/*", limit: 99 })).paths, ["d/a.ts", "passwd.ts", "to-a.ts"])
    equal((yield* search.glob(workspace, { pattern: "etc/*", limit: 99 })).paths, [])
    equal(
      (yield* search.grep(workspace, { pattern: "root:", limit: 99 })).lines.map((line) => line.path),
      ["d/a.ts"]
    )
  })
)

it.effect("patterns that could take for ever are refused or answered at once", () =>
  Effect.gen(function* () {
    const line = "a".repeat(30_000)
    const workspace = yield* memory("/proj", { files: { a: `${line}\n${line}!\n` } })
    for (const pattern of ["(a+)+$", "(a|a)*$", "(a*)*b", "([a-z]+)*\\d", "(?:a{2,})+!x"]) {
      equal((yield* failure(search.grep(workspace, { pattern, limit: 9 })))._tag, "BadPattern", pattern)
    }
    equal((yield* search.grep(workspace, { pattern: "a+b", limit: 9 })).lines, [])
    equal(
      (yield* search.grep(workspace, { pattern: "a+!", limit: 9 })).lines.map((it) => it.line),
      [2]
    )
    const name = "a".repeat(200)
    const other = yield* memory("/proj", { files: { [name]: "" } })
    equal((yield* search.glob(other, { pattern: `${"*a".repeat(40)}b`, limit: 9 })).paths, [])
    equal((yield* search.glob(other, { pattern: `${"**/".repeat(40)}*b`, limit: 9 })).paths, [])
    equal((yield* failure(search.glob(other, { pattern: "{a,b}".repeat(20), limit: 9 })))._tag, "BadPattern")
  })
)
