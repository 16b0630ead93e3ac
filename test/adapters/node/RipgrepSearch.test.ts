/** Search with ripgrep keeps the contract, also where files lie over the disk, and agrees with the walk. */
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { make as memory } from "../../../src/adapters/memory/MemoryWorkspace.ts"
import { putOnDisk } from "../../../src/adapters/node/disk.ts"
import { make as onDisk } from "../../../src/adapters/node/NodeWorkspace.ts"
import { findRipgrep, make as ripgrep } from "../../../src/adapters/node/RipgrepSearch.ts"
import { make as walk } from "../../../src/adapters/shared/WalkSearch.ts"
import { Place, searchContract, searchFiles } from "../../ports/Search.contract.ts"
import { equal, ok } from "../../support/contract.ts"
import { runContract } from "../../support/runContract.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => fs.realpathSync(fs.mkdtempSync(join(tmpdir(), "code-mesh-search-")))),
  (path) => Effect.sync(() => fs.rmSync(path, { recursive: true, force: true }))
)

const put = (root: string, files: Readonly<Record<string, string | Uint8Array>>): void => {
  for (const [path, content] of Object.entries(files)) {
    fs.mkdirSync(dirname(join(root, path)), { recursive: true })
    fs.writeFileSync(join(root, path), content)
  }
}

const place = Effect.gen(function* () {
  const root = yield* folder
  put(root, searchFiles)
  return { search: yield* ripgrep(), workspace: yield* onDisk(root) }
})

runContract(searchContract, "RipgrepSearch", Layer.scoped(Place, place))

/** Half of the files lie over a base that has other files there, or files that are gone. */
const overlaid = Effect.gen(function* () {
  const [root, above] = [yield* folder, yield* folder]
  const over = new Map<string, string | null>()
  Object.entries(searchFiles).forEach(([path, content], at) => {
    if (at % 4 !== 3) put(root, { [path]: at % 2 === 0 ? content : "needle needle\nneedle\n" })
    if (at % 2 === 0) return
    put(above, { [`f${at}`]: content })
    over.set(path, join(above, `f${at}`))
  })
  put(root, { "gone.ts": "needle\n", "src/gone/all.ts": "needle\n" })
  over.set("gone.ts", null)
  over.set("src/gone/all.ts", null)
  const files = yield* memory(root, { files: searchFiles })
  let count = 0
  const workspace: typeof files = {
    ...files,
    write: (path, bytes) =>
      Effect.sync(() => {
        put(above, { [`w${++count}`]: bytes })
        over.set(path, join(above, `w${count}`))
      }),
    remove: (path) => Effect.sync(() => void over.set(path, null))
  }
  putOnDisk(workspace, () => ({ dir: root, over: () => over }))
  return { search: yield* ripgrep(), workspace }
})

runContract(searchContract, "RipgrepSearch with files over the disk", Layer.scoped(Place, overlaid))

runContract(
  searchContract,
  "RipgrepSearch where ripgrep is missing",
  Layer.scoped(
    Place,
    Effect.gen(function* () {
      const { workspace } = yield* place
      return { search: yield* ripgrep(Effect.succeed(undefined)), workspace }
    })
  )
)

it.effect("a workspace that is on no disk is walked", () =>
  Effect.gen(function* () {
    const workspace = yield* memory("/p", { files: { a: "needle\n" } })
    const search = yield* ripgrep()
    equal((yield* search.grep(workspace, { pattern: "needle", limit: 5 })).lines.length, 1)
    equal((yield* search.glob(workspace, { pattern: "*", limit: 5 })).paths, ["a"])
  })
)

it.scoped("pipes and links out of the root are passed over", () =>
  Effect.gen(function* () {
    const root = yield* folder
    execFileSync("mkfifo", [join(root, "pipe")])
    fs.symlinkSync("/etc", join(root, "etc"))
    fs.symlinkSync("/etc/passwd", join(root, "passwd"))
    const search = yield* ripgrep()
    equal((yield* search.grep(yield* onDisk(root), { pattern: "root:", limit: 5 })).lines, [])
  })
)

it.live("an interrupted search ends its ripgrep", () =>
  Effect.scoped(
    Effect.gen(function* () {
      const root = yield* folder
      put(root, { "rg-that-waits": "#!/bin/sh\necho $$ > pid\nexec sleep 60\n", a: "needle\n" })
      fs.chmodSync(join(root, "rg-that-waits"), 0o755)
      const search = yield* ripgrep(Effect.succeed(join(root, "rg-that-waits")))
      const fiber = yield* Effect.fork(search.grep(yield* onDisk(root), { pattern: "needle", limit: 5 }))
      const pid = yield* Effect.suspend(() =>
        fs.existsSync(join(root, "pid")) && fs.readFileSync(join(root, "pid"), "utf8") !== ""
          ? Effect.succeed(Number(fs.readFileSync(join(root, "pid"), "utf8")))
          : Effect.fail("not yet")
      ).pipe(Effect.retry({ schedule: Schedule.spaced("20 millis"), times: 500 }))
      ok(Exit.isInterrupted(yield* Fiber.interrupt(fiber)), "it was interrupted")
      const alive = yield* Effect.sync(() => fs.existsSync(`/proc/${pid}/cmdline`)).pipe(
        Effect.repeat({ schedule: Schedule.spaced("20 millis"), while: (it) => it, times: 100 })
      )
      ok(typeof alive === "boolean" ? !alive : !fs.existsSync(`/proc/${pid}/cmdline`), "the process is gone")
    })
  )
)

it.scoped("a configuration of ripgrep's own is not obeyed", () =>
  Effect.gen(function* () {
    const root = yield* folder
    put(root, { "a.ts": "needle\n", rc: "--invert-match\n" })
    const before = process.env.RIPGREP_CONFIG_PATH
    process.env.RIPGREP_CONFIG_PATH = join(root, "rc")
    const search = yield* ripgrep()
    const it = yield* search.grep(yield* onDisk(root), { pattern: "needle", path: "a.ts", limit: 5 })
    if (before === undefined) delete process.env.RIPGREP_CONFIG_PATH
    else process.env.RIPGREP_CONFIG_PATH = before
    equal(it.lines.length, 1)
  })
)

it.scoped("both searches agree on this project's own files", () =>
  Effect.gen(function* () {
    ok((yield* findRipgrep(process.cwd())) !== undefined, "ripgrep is installed")
    const workspace = yield* onDisk(new URL("../../..", import.meta.url).pathname)
    const search = yield* ripgrep()
    for (const pattern of ["export const", "Effect\\.gen\\(function\\* \\(\\) \\{$", "\\bTag\\b.*<", "—|é"]) {
      const query = { pattern, path: "src", limit: 100_000, before: 1, after: 2 }
      equal(yield* search.grep(workspace, query), yield* walk.grep(workspace, query), pattern)
    }
    for (const pattern of ["**/*.ts", "src/{ports,domain}/**", "*", "**/[A-Z]*.ts"]) {
      const query = { pattern, limit: 100_000 }
      equal(yield* search.glob(workspace, query), yield* walk.glob(workspace, query), pattern)
    }
  })
)
