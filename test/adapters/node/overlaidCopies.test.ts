/** Copies that lie over a shared frozen tree: what commands do there is seen, and neither it nor the real tree changes. */
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { describe } from "vitest"
import { overlaysWork } from "../../../src/adapters/node/copies/overlayMount.ts"
import { make } from "../../../src/adapters/node/NodeWorkingCopies.ts"
import { make as makeShell } from "../../../src/adapters/node/SpawnShell.ts"
import type { Change } from "../../../src/domain/model/Change.ts"
import { SessionId } from "../../../src/domain/model/Ids.ts"
import { keptFor, type Place } from "../../../src/ports/WorkingCopies.ts"
import { ok as holds, equal as same } from "../../support/contract.ts"

const probe = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), "code-mesh-probe-")))
const works = await overlaysWork(probe)
fs.rmSync(probe, { recursive: true })

const ids = Array.from({ length: 8 }, (_, index) => SessionId.make(`ses_${String(index + 1).repeat(32)}`))
const [first = SessionId.make(""), second = first, third = first] = ids

const seed: Readonly<Record<string, string>> = {
  "a.txt": "a\n",
  "b.txt": "b\n",
  "d/c.txt": "c\n",
  "d/e/f.txt": "f\n",
  "gone/x.txt": "x\n",
  ".gitignore": "node_modules/\ndist/\n*.log\n",
  "node_modules/dep/index.js": "dep\n"
}

const plant = (root: string, files: Readonly<Record<string, string>>): void => {
  for (const [path, text] of Object.entries(files)) {
    fs.mkdirSync(dirname(join(root, path)), { recursive: true })
    fs.writeFileSync(join(root, path), text)
  }
}

/** Every file's text, by path. */
const texts = (root: string): Record<string, string> =>
  Object.fromEntries(
    fs
      .readdirSync(root, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(root.length + 1), fs.readFileSync(path, "utf8")])
      .toSorted(([a = ""], [b = ""]) => (a < b ? -1 : 1))
  )

const project = Effect.gen(function* () {
  const top = yield* Effect.acquireRelease(
    Effect.sync(() => fs.realpathSync(fs.mkdtempSync(join(tmpdir(), "code-mesh-over-")))),
    (path) => Effect.sync(() => fs.rmSync(path, { recursive: true, force: true }))
  )
  const [root, dataDir] = [join(top, "proj"), join(top, "data")]
  plant(root, seed)
  execFileSync("git", ["init", "-q"], { cwd: root })
  // What was written a moment ago is not yet known by its times.
  yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 60)))
  return { root, dataDir, options: { dataDir, sandboxed: Effect.succeed(true) } }
})

/** The one frozen tree of a data folder. */
const frozenIn = (dataDir: string): string => {
  const found = walk(dataDir)
  same(found.length, 1)
  return found[0] ?? ""
}
const walk = (dataDir: string): ReadonlyArray<string> =>
  fs
    .readdirSync(join(dataDir, "snapshots"))
    .flatMap((key) =>
      fs.readdirSync(join(dataDir, "snapshots", key)).map((id) => join(dataDir, "snapshots", key, id, "tree"))
    )

const shape = (changes: ReadonlyArray<Change>) => changes.map(({ kind, path }) => `${kind} ${path}`)

/** Runs a command as a session's tools do. */
const command = ({ from, readOnly, to }: Place, line: string) =>
  Effect.flatMap(makeShell(), (shell) =>
    shell.run({
      ...{ command: line, cwd: from, mount: { from, to }, readOnly, sandbox: "workspace", network: false },
      ...{ timeout: 30_000, maxOutput: 10_000 }
    })
  )

describe.skipIf(!works)("where overlays work", () => {
  it.scoped("a command in the sandbox works in the copy, as whom it would without, and all it does is seen", () =>
    Effect.gen(function* () {
      const { dataDir, options, root } = yield* project
      const before = texts(root)
      const copies = yield* make(options)
      const copy = yield* copies.open(first, root)
      yield* copy.workspace.write("new/n.txt", Buffer.from("n\n"))
      const place = yield* copy.materialise
      const line =
        "pwd; id -u; cat new/n.txt node_modules/dep/index.js; echo B > b.txt; rm -r d; mkdir d; echo 2 > d/two.txt; " +
        "rm -r gone; mkdir dist; echo o > dist/o.js; echo l > new/x.log; touch node_modules/y 2>/dev/null || echo kept"
      const { code, output } = yield* command(place, line)
      same(output, `${root}\n${process.getuid?.()}\nn\ndep\nkept\n`)
      same(code, Option.some(0))
      const seen = ["modify b.txt", "delete d/c.txt", "delete d/e/f.txt", "create d/two.txt", "delete gone/x.txt"]
      const changes = yield* copy.checkpoint(Effect.succeed)
      same(shape(changes), [...seen, "create new/n.txt"])
      same(yield* copy.checkpoint(Effect.succeed), [])
      same(
        (yield* copy.workspace.list("d")).map(({ name }) => name),
        ["two.txt"]
      )
      same(texts(root), before)
      const { "node_modules/dep/index.js": _, ...frozen } = before
      same(
        Object.entries(texts(frozenIn(dataDir))),
        Object.entries(frozen).filter(([path]) => !path.startsWith(".git/"))
      )
      const merged = yield* copies.merge(first, root, changes, "root")
      same(merged.ok && merged.changes.length, changes.length)
      same(fs.readFileSync(join(root, "b.txt"), "utf8"), "B\n")
    })
  )

  it.scoped("a later copy is of the real tree as it is by then, over the same frozen one", () =>
    Effect.gen(function* () {
      const { dataDir, options, root } = yield* project
      const copies = yield* make(options)
      const one = yield* (yield* copies.open(first, root)).materialise
      plant(root, { "a.txt": "A\n", "fresh/deep/q.txt": "q\n", "dist/new.js": "d\n" })
      fs.rmSync(join(root, "gone"), { recursive: true })
      fs.rmSync(join(root, "b.txt"))
      fs.symlinkSync("a.txt", join(root, "b.txt"))
      const copy = yield* copies.open(second, root)
      const two = yield* copy.materialise
      same(fs.readdirSync(two.from).sort(), [
        ".git",
        ".gitignore",
        "a.txt",
        "b.txt",
        "d",
        "dist",
        "fresh",
        "node_modules"
      ])
      same(fs.readFileSync(join(two.from, "b.txt"), "utf8"), "A\n")
      same(fs.readFileSync(join(two.from, "fresh/deep/q.txt"), "utf8"), "q\n")
      same(
        two.readOnly,
        ["dist", "node_modules"].map((name) => join(root, name))
      )
      same(yield* copy.checkpoint(Effect.succeed), [])
      same(fs.readFileSync(join(one.from, "a.txt"), "utf8"), "a\n")
      frozenIn(dataDir)
    })
  )

  it.scoped("eight copies at once share one frozen tree and see nothing of each other", () =>
    Effect.gen(function* () {
      const { dataDir, options, root } = yield* project
      const copies = yield* make(options)
      const all = yield* Effect.forEach(ids, (id) => copies.open(id, root))
      const places = yield* Effect.forEach(all, (copy) => copy.materialise, { concurrency: "unbounded" })
      for (const [index, { from }] of places.entries()) fs.writeFileSync(join(from, "d/c.txt"), `${index}\n`)
      const changes = yield* Effect.forEach(all, (copy) => copy.checkpoint(Effect.succeed))
      same(
        changes.map(shape),
        ids.map(() => ["modify d/c.txt"])
      )
      same(new Set(changes.map(([change]) => change?.after?.hash)).size, ids.length)
      frozenIn(dataDir)
    })
  )

  it.scoped("a later process finds the copy as it was left, also where the mount was ended under it", () =>
    Effect.gen(function* () {
      const { options, root } = yield* project
      const { from } = yield* (yield* (yield* make(options)).open(first, root)).materialise
      fs.writeFileSync(join(from, "a.txt"), "later\n")
      fs.rmSync(join(from, "d"), { recursive: true })
      const copy = yield* (yield* make(options)).open(first, root)
      same(Buffer.from(yield* copy.workspace.read("a.txt")).toString(), "later\n")
      const there = (yield* copy.materialise).from
      process.kill(Number(there.split("/")[2]), "SIGKILL")
      while (fs.existsSync(there)) yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 5)))
      same(shape(yield* copy.checkpoint(Effect.succeed)), ["modify a.txt", "delete d/c.txt", "delete d/e/f.txt"])
      const again = yield* (yield* make(options)).open(first, root)
      same(yield* again.checkpoint(Effect.succeed), [])
    })
  )

  it.scoped("without a sandbox from now on, the copy becomes a tree of its own with all that was done", () =>
    Effect.gen(function* () {
      const { dataDir, options, root } = yield* project
      const { from } = yield* (yield* (yield* make(options)).open(first, root)).materialise
      fs.writeFileSync(join(from, "a.txt"), "mine\n")
      fs.rmSync(join(from, "b.txt"))
      const copy = yield* (yield* make({ dataDir })).open(first, root)
      const own = yield* copy.materialise
      same(own.from, join(dataDir, "copies", first, "tree"))
      same(fs.readFileSync(join(own.from, "node_modules/dep/index.js"), "utf8"), "dep\n")
      same(shape(yield* copy.checkpoint(Effect.succeed)), ["modify a.txt", "delete b.txt"])
    })
  )

  it.scoped("dropping a copy ends its mount and leaves the others theirs", () =>
    Effect.gen(function* () {
      const { dataDir, options, root } = yield* project
      const copies = yield* make(options)
      const { from } = yield* (yield* copies.open(first, root)).materialise
      const other = yield* copies.open(second, root)
      yield* other.materialise
      yield* copies.drop(first, root)
      holds(!fs.existsSync(from), "the mount is gone")
      same(fs.readdirSync(join(dataDir, "copies")), [second])
      same(Buffer.from(yield* other.workspace.read("a.txt")).toString(), "a\n")
      same(shape(yield* (yield* copies.open(third, root)).checkpoint(Effect.succeed)), [])
    })
  )

  it.scoped("a frozen tree stays while a copy lies over it, and goes when it has not been used for long", () =>
    Effect.gen(function* () {
      const { dataDir, options, root } = yield* project
      const copies = yield* make(options)
      const copy = yield* copies.open(first, root)
      const { from } = yield* copy.materialise
      const collected = (after: number) =>
        Effect.withClock(copies.collect(Effect.succeed(new Set<string>())), {
          ...Clock.make(),
          currentTimeMillis: Effect.sync(() => Date.now() + after)
        })
      yield* collected(3 * keptFor)
      same(fs.readFileSync(join(from, "d/c.txt"), "utf8"), "c\n")
      fs.writeFileSync(join(from, "d/c.txt"), "C\n")
      const [change] = yield* copy.checkpoint(Effect.succeed)
      const before = change?.before ?? undefined
      same(before && Buffer.from(yield* copies.content(before)).toString(), "c\n")
      yield* copies.drop(first, root)
      yield* collected(keptFor / 2)
      frozenIn(dataDir)
      yield* collected(3 * keptFor)
      same(fs.readdirSync(join(dataDir, "snapshots")), [])
    })
  )

  it.scoped("a copy is idle once the program that worked with it is gone", () =>
    Effect.gen(function* () {
      const { dataDir, options, root } = yield* project
      const copies = yield* make(options)
      yield* (yield* copies.open(first, root)).materialise
      same(yield* copies.idle, [])
      fs.writeFileSync(join(dataDir, "copies", first, "holder"), "4194304 1")
      same(yield* copies.idle, [first])
    })
  )
})
