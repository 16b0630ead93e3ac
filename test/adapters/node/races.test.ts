/**
 * Another process moves directories, files and links about while files are listed, read, written, removed and applied:
 * nothing outside is touched. `CODE_MESH_RACES=1000` is the full number (`npm run test:races`).
 */
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import { createRequire, syncBuiltinESMExports } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { make as makeCopies } from "../../../src/adapters/node/NodeWorkingCopies.ts"
import { make } from "../../../src/adapters/node/NodeWorkspace.ts"
import { make as ripgrep } from "../../../src/adapters/node/RipgrepSearch.ts"
import { SessionId } from "../../../src/domain/model/Ids.ts"
import type { WorkspaceService } from "../../../src/ports/Workspace.ts"

const times = Number(process.env.CODE_MESH_RACES ?? 200)

/** What the other process does over and over in the project, `O` the folder outside. */
const races: Readonly<
  Record<string, { readonly before: string; readonly moves: ReadonlyArray<readonly [string, string]> }>
> = {
  "a directory becomes a link": {
    before: `fs.symlinkSync(O, "l")`,
    moves: [
      ["d", "t"],
      ["l", "d"],
      ["d", "l"],
      ["t", "d"]
    ]
  },
  "a file becomes a link": {
    before: `fs.symlinkSync(O + "/secret.txt", "d/l")`,
    moves: [
      ["d/f", "d/t"],
      ["d/l", "d/f"],
      ["d/f", "d/l"],
      ["d/t", "d/f"]
    ]
  },
  "a parent becomes a link": {
    before: `fs.symlinkSync(O, "l")`,
    moves: [
      ["p", "t"],
      ["l", "p"],
      ["p", "l"],
      ["t", "p"]
    ]
  },
  "a parent is moved out and back": {
    before: "",
    moves: [
      ["p", "O/p"],
      ["O/p", "p"]
    ]
  }
}

const racer = (root: string, outside: string, name: string) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const { before, moves } = races[name] ?? { before: "", moves: [] }
      const steps = JSON.stringify(moves.map((it) => it.map((path) => path.replace(/^O/, outside))))
      const code = `const fs = require("node:fs"); const O = ${JSON.stringify(outside)}; process.chdir(${JSON.stringify(root)})
        ${before}
        process.stdout.write("x")
        for (;;) for (const [from, to] of ${steps}) try { fs.renameSync(from, to) } catch {}`
      const child = spawn(process.execPath, ["-e", code], { stdio: ["ignore", "pipe", "inherit"] })
      await new Promise((done) => child.stdout.once("data", done))
      return child
    }),
    (child) =>
      Effect.promise(
        () =>
          new Promise<void>((done) => {
            child.once("close", () => done())
            child.kill("SIGKILL")
          })
      )
  )

const place = Effect.acquireRelease(
  Effect.sync(() => {
    const top = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), "code-mesh-races-")))
    const [root, outside] = [join(top, "proj"), join(top, "out")]
    for (const folder of [join(root, "d"), join(root, "p", "d"), join(outside, "d"), join(top, "data")])
      fs.mkdirSync(folder, { recursive: true })
    for (const file of ["d/f", "p/d/f"]) fs.writeFileSync(join(root, file), "inside\n")
    for (const file of ["secret.txt", "f", "d/f"]) fs.writeFileSync(join(outside, file), "secret\n")
    return { top, root, outside }
  }),
  ({ top }) => Effect.sync(() => fs.rmSync(top, { recursive: true, force: true }))
)

/** Everything outside but the directory that the other process itself moves there. */
const seen = (outside: string): ReadonlyArray<string> =>
  fs
    .readdirSync(outside, { recursive: true, encoding: "utf8" })
    .filter((name) => !/^p(\/|$)/.test(name))
    .sort()
    .map((name) => {
      const at = join(outside, name)
      return fs.statSync(at).isFile() ? `${name}: ${fs.readFileSync(at, "utf8")}` : name
    })

const bytes = (text: string) => new TextEncoder().encode(text)

/** Writes, reads, lists and removes once; says whether any of it went through, and fails where something outside was seen. */
const touch = (workspace: WorkspaceService, folder: string, made: string) =>
  Effect.gen(function* () {
    const wrote = yield* Effect.either(workspace.write(made, bytes("mine\n")))
    const read = yield* Effect.either(workspace.read(`${folder}/f`))
    const text = Either.isRight(read) ? new TextDecoder().decode(read.right) : ""
    assert.notStrictEqual(text, "secret\n")
    const listed = Either.getOrElse(yield* Effect.either(workspace.list(folder)), () => [])
    assert.isFalse(listed.some((entry) => entry.name === "secret.txt"))
    yield* Effect.ignore(workspace.remove(made))
    return Either.isRight(wrote) || Either.isRight(read)
  })

/** The files under a folder, links not followed. */
const filesUnder = (folder: string): ReadonlyArray<string> =>
  fs
    .readdirSync(folder, { withFileTypes: true })
    .flatMap((it) => (it.isDirectory() ? filesUnder(join(folder, it.name)) : it.isFile() ? [it.name] : []))

describe("while another process moves things about", () => {
  for (const name of Object.keys(races))
    it.scoped(
      `nothing outside is written, read or listed: ${name}`,
      () =>
        Effect.gen(function* () {
          const { outside, root } = yield* place
          const before = seen(outside)
          const workspace = yield* make(root)
          const folder = name.includes("parent") ? "p/d" : "d"
          yield* racer(root, outside, name)
          let landed = 0
          for (let at = 0; at < times; at++) {
            const made = name.includes("file") ? `${folder}/f` : `${folder}/new${at % 7}/f${at}`
            if (yield* touch(workspace, folder, made)) landed++
          }
          assert.isAbove(landed, 0, "some calls go through, so the race is real")
          assert.deepStrictEqual(seen(outside), before)
        }),
      120_000
    )

  for (const name of ["a directory becomes a link", "a file becomes a link"])
    it.scoped(
      `a search shows no line and no name from outside: ${name}`,
      () =>
        Effect.gen(function* () {
          const { outside, root } = yield* place
          fs.writeFileSync(join(outside, "d/only-outside"), "secret\n")
          const workspace = yield* make(root)
          const search = yield* ripgrep()
          yield* racer(root, outside, name)
          let shown = 0
          const wanted = Math.ceil(times / 10)
          for (let at = 0; at < wanted || (shown === 0 && at < 50 * wanted); at++) {
            const { lines } = yield* search.grep(workspace, { pattern: "i|e", limit: 20, before: 1 })
            assert.deepStrictEqual(
              lines.filter(({ text }) => text !== "inside"),
              []
            )
            if (lines.some(({ path }) => path === "d/f")) shown++
            const { paths } = yield* search.glob(workspace, { pattern: "**", limit: 20 })
            assert.isFalse(paths.some((path) => /secret|only-outside/.test(path)))
          }
          assert.isAbove(shown, 0, "some searches see the file, so the race is real")
        }),
      120_000
    )

  it.scoped(
    "nothing outside is written by applying a run, or read into its copy",
    () =>
      Effect.gen(function* () {
        const { outside, root, top } = yield* place
        const before = seen(outside)
        const copies = yield* makeCopies({ dataDir: join(top, "data") })
        yield* racer(root, outside, "a directory becomes a link")
        let landed = 0
        for (let at = 0; at < Math.ceil(times / 10); at++) {
          const session = SessionId.make(`ses_${at.toString(16).padStart(32, "0")}`)
          const done = yield* Effect.either(
            Effect.gen(function* () {
              const copy = yield* copies.open(session, root)
              const { from } = yield* copy.materialise
              assert.notInclude(filesUnder(from), "secret.txt", "the copy holds nothing from outside")
              yield* copy.workspace.write(`d/n${at}`, bytes("mine\n"))
              yield* copy.workspace.write("d/f", bytes(`inside ${at}\n`))
              return yield* copies.merge(session, root, yield* copy.checkpoint(Effect.succeed), "root")
            })
          )
          if (Either.isRight(done) && done.right.ok) landed++
          yield* Effect.ignore(copies.drop(session, root))
        }
        assert.isAbove(landed, 0, "some runs are applied, so the race is real")
        assert.deepStrictEqual(seen(outside), before)
      }),
    120_000
  )
})

const own: Record<string, unknown> = createRequire(import.meta.url)("node:fs")
const syncNames = Object.keys(own).filter((name) => name.endsWith("Sync"))

/** Runs `body` with every synchronous call of the file system told to `before`. */
const watched = <A>(before: () => void, body: () => A): A => {
  const kept = syncNames.map((name) => [name, own[name]] as const)
  for (const [name, call] of kept) {
    if (typeof call !== "function") continue
    const told = (...given: ReadonlyArray<unknown>) => {
      before()
      return Reflect.apply(call, own, given)
    }
    const native = Reflect.get(call, "native")
    own[name] = Object.assign(told, {
      native: (...given: ReadonlyArray<unknown>) => {
        before()
        return Reflect.apply(native, own, given)
      }
    })
  }
  syncBuiltinESMExports()
  try {
    return body()
  } finally {
    for (const [name, call] of kept) own[name] = call
    syncBuiltinESMExports()
  }
}

/** What happens to the project once, between any two calls of the file system. */
const swaps: Readonly<Record<string, (root: string, outside: string) => void>> = {
  "its directory becomes a link": (root, outside) => {
    fs.renameSync(join(root, "p/d"), join(root, "was"))
    fs.symlinkSync(join(outside, "d"), join(root, "p/d"))
  },
  "its parent becomes a link": (root, outside) => {
    fs.renameSync(join(root, "p"), join(root, "was"))
    fs.symlinkSync(outside, join(root, "p"))
  },
  "it becomes a link": (root, outside) => {
    fs.renameSync(join(root, "p/d/f"), join(root, "was"))
    fs.symlinkSync(join(outside, "secret.txt"), join(root, "p/d/f"))
  },
  "its directory is moved out": (root, outside) => fs.renameSync(join(root, "p/d"), join(outside, "gone"))
}

const calls: Readonly<Record<string, (workspace: WorkspaceService) => Effect.Effect<unknown, unknown>>> = {
  read: (workspace) => Effect.map(workspace.read("p/d/f"), (it) => new TextDecoder().decode(it)),
  list: (workspace) => Effect.map(workspace.list("p/d"), (it) => it.map((entry) => entry.name).join()),
  "write over": (workspace) => workspace.write("p/d/f", bytes("mine\n")),
  "write anew": (workspace) => workspace.write("p/d/new/f", bytes("mine\n")),
  remove: (workspace) => workspace.remove("p/d/f")
}

/** Runs a call with the swap made before its n-th use of the file system; says whether it came to that. */
const swappedAt = (nth: number, swap: string, run: (workspace: WorkspaceService) => Effect.Effect<unknown, unknown>) =>
  Effect.scoped(
    Effect.gen(function* () {
      const { outside, root } = yield* place
      fs.writeFileSync(join(outside, "d/only-outside"), "secret\n")
      const before = seen(outside)
      const workspace = yield* make(root)
      let at = 0
      let swapping = false
      const outcome = watched(
        () => {
          if (swapping || at++ !== nth) return
          swapping = true
          swaps[swap]?.(root, outside)
        },
        () => Effect.runSync(Effect.either(run(workspace)))
      )
      if (Either.isRight(outcome)) assert.notMatch(String(outcome.right), /secret|only-outside/)
      assert.deepStrictEqual(
        seen(outside).filter((line) => !line.startsWith("gone")),
        before
      )
      // What was written before its directory was moved moves with it; a call that fails leaves nothing there.
      if (Either.isLeft(outcome)) assert.isFalse(fs.existsSync(join(outside, "gone/new/f")))
      return swapping
    })
  )

describe("when something is swapped", () => {
  for (const swap of Object.keys(swaps))
    for (const [name, run] of Object.entries(calls))
      it.effect(`before any step of a call, nothing outside is touched: ${name}, ${swap}`, () =>
        Effect.gen(function* () {
          let steps = 0
          while (yield* swappedAt(steps, swap, run)) steps++
          assert.isAbove(steps, 3, "there are steps to swap before")
        })
      )
})
