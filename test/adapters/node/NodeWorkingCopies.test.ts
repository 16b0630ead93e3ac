/** Working copies on disk keep the contract, as an overlay and as a tree, and leave the real tree alone. */
import { execFileSync } from "node:child_process"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import { diskOf } from "../../../src/adapters/node/disk.ts"
import { make } from "../../../src/adapters/node/NodeWorkingCopies.ts"
import { make as makeWorkspace } from "../../../src/adapters/node/NodeWorkspace.ts"
import { holderOf } from "../../../src/adapters/node/processes.ts"
import type { Change } from "../../../src/domain/model/Change.ts"
import { SessionId } from "../../../src/domain/model/Ids.ts"
import { type Copy, keptFor } from "../../../src/ports/WorkingCopies.ts"
import {
  Place as CopiesPlace,
  filesIn,
  seed,
  session,
  workingCopiesContract
} from "../../ports/WorkingCopies.contract.ts"
import { Place, seedFiles, seedLinks, workspaceContract } from "../../ports/Workspace.contract.ts"
import { failure, ok as holds, equal as same } from "../../support/contract.ts"
import { runContract } from "../../support/runContract.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => fs.realpathSync(fs.mkdtempSync(join(tmpdir(), "code-mesh-copies-")))),
  (path) => Effect.sync(() => fs.rmSync(path, { recursive: true, force: true }))
)

const plant = (root: string, files: Readonly<Record<string, string>>): void => {
  for (const [path, text] of Object.entries(files)) {
    fs.mkdirSync(dirname(join(root, path)), { recursive: true })
    fs.writeFileSync(join(root, path), text)
  }
}

const place = (prepare: (copy: Copy) => Effect.Effect<unknown, unknown>, sandboxed = false) =>
  Layer.scoped(
    CopiesPlace,
    Effect.gen(function* () {
      const top = yield* folder
      const root = join(top, "proj")
      plant(root, seed)
      const real = yield* makeWorkspace(root)
      const options = { dataDir: join(top, "data"), sandboxed: Effect.succeed(sandboxed) }
      return { copies: yield* make(options), real, again: make(options), foldersVanish: true, prepare }
    })
  )

runContract(
  workingCopiesContract,
  "NodeWorkingCopies",
  place(() => Effect.void)
)

runContract(
  workingCopiesContract,
  "NodeWorkingCopies with a tree",
  place((copy) => copy.materialise)
)

runContract(
  workingCopiesContract,
  "NodeWorkingCopies as in a sandbox",
  place((copy) => copy.materialise, true)
)

const workspacePlace = (materialised: boolean, touched: boolean, sandboxed = false) =>
  Layer.scoped(
    Place,
    Effect.gen(function* () {
      const top = yield* folder
      const [root, outside] = [join(top, "proj"), join(top, "out")]
      plant(root, seedFiles)
      plant(outside, { "secret.txt": "secret\n" })
      for (const [path, text] of Object.entries(seedLinks))
        fs.symlinkSync(text.replace("OUT", outside), join(root, path))
      const where = { dataDir: join(top, "data"), home: join(top, "home") }
      const copies = yield* make({ ...where, sandboxed: Effect.succeed(sandboxed) })
      const copy = yield* copies.open(session, root)
      const { workspace } = copy
      if (touched) yield* workspace.write("touched/t.txt", new Uint8Array([1]))
      if (touched) yield* workspace.remove("touched/t.txt")
      const at = materialised ? (yield* copy.materialise).from : root
      const swap = Effect.sync(() => {
        fs.cpSync(join(at, "d"), join(top, "d-was"), { recursive: true, verbatimSymlinks: true })
        fs.rmSync(join(at, "d"), { recursive: true })
        fs.symlinkSync(outside, join(at, "d"))
      })
      return { workspace, outside, swap }
    })
  )

runContract(workspaceContract, "an untouched copy", workspacePlace(false, false))
runContract(workspaceContract, "a touched copy", workspacePlace(false, true))
runContract(workspaceContract, "a materialised copy", workspacePlace(true, false))
runContract(workspaceContract, "a copy materialised as in a sandbox", workspacePlace(true, false, true))

const git = (cwd: string, ...args: ReadonlyArray<string>): string =>
  execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@t", ...args], { cwd, encoding: "utf8" })

/** A repository with ignored folders, links, a pipe, modes, and hooks that would leave a trace. */
const repository = Effect.gen(function* () {
  const top = yield* folder
  const root = join(top, "proj")
  plant(root, {
    ...seed,
    ".gitignore": "node_modules/\ndist/\n*.log\n.env\n",
    ".env": "KEY=1\n",
    "node_modules/dep/index.js": "dep\n",
    "pkg/node_modules/deep/index.js": "deep\n",
    "dist/out.js": "out\n"
  })
  fs.writeFileSync(join(root, "run.sh"), "#!/bin/sh\n", { mode: 0o755 })
  fs.symlinkSync("a.txt", join(root, "link"))
  fs.symlinkSync("/nowhere/at/all", join(root, "dangling"))
  execFileSync("mkfifo", [join(root, "pipe")])
  git(root, "init", "-q")
  git(root, "add", "a.txt", ".gitignore", "run.sh")
  git(root, "commit", "-qm", "first")
  const trap = join(top, "trapped")
  fs.writeFileSync(join(root, ".git/hooks/post-checkout"), `#!/bin/sh\ntouch ${trap}\n`, { mode: 0o755 })
  git(root, "config", "core.fsmonitor", `touch ${trap}; false`)
  return { top, root, trap, dataDir: join(top, "data") }
})

/** Everything under a folder: kind, permission bits and content, by path. */
const snapshot = (root: string, at = ""): Record<string, string> => {
  const all: Record<string, string> = {}
  for (const entry of fs.readdirSync(join(root, at), { withFileTypes: true })) {
    const path = at === "" ? entry.name : `${at}/${entry.name}`
    const mode = (fs.lstatSync(join(root, path)).mode & 0o7777).toString(8)
    if (entry.isDirectory()) Object.assign(all, { [path]: `folder ${mode}` }, snapshot(root, path))
    else if (entry.isSymbolicLink()) all[path] = `link ${fs.readlinkSync(join(root, path))}`
    else all[path] = entry.isFile() ? `${mode} ${fs.readFileSync(join(root, path), "base64")}` : "other"
  }
  return all
}

const shape = (changes: ReadonlyArray<Change>) => changes.map(({ kind, path }) => `${kind} ${path}`)

it.scoped("opening and reading a copy makes nothing on disk", () =>
  Effect.gen(function* () {
    const { dataDir, root } = yield* repository
    const copies = yield* make({ dataDir })
    const copy = yield* copies.open(session, root)
    yield* copy.workspace.read("a.txt")
    same(yield* copy.checkpoint(Effect.succeed), [])
    holds(!fs.existsSync(dataDir), "no data folder")
  })
)

it.scoped("a tree has the real bytes, modes and links, an empty git folder, and no ignored folder in a sandbox", () =>
  Effect.gen(function* () {
    const { dataDir, root, trap } = yield* repository
    const before = snapshot(root)
    const copies = yield* make({ dataDir, sandboxed: Effect.succeed(true), overlays: false })
    const copy = yield* copies.open(session, root)
    yield* copy.workspace.write("new/n.txt", Buffer.from("n\n"))
    yield* copy.workspace.remove("b.txt")
    const where = yield* copy.materialise
    same(where, {
      from: join(dataDir, "copies", session, "tree"),
      to: root,
      readOnly: ["dist", "node_modules", "pkg/node_modules"].map((it) => join(root, it)),
      secrets: [join(root, ".env")]
    })
    const wanted = Object.fromEntries(
      Object.entries(before).filter(
        ([path]) => !/^(\.git\/|dist\/|node_modules\/|pkg\/node_modules\/|pipe$|b\.txt$)/.test(path)
      )
    )
    const mode = (0o666 & ~process.umask()).toString(8)
    const folderMode = (0o777 & ~process.umask()).toString(8)
    const added = { new: `folder ${folderMode}`, "new/n.txt": `${mode} ${Buffer.from("n\n").toString("base64")}` }
    same({ ...snapshot(where.from), new: added.new }, { ...wanted, ...added })
    same(snapshot(root), before)
    holds(!fs.existsSync(trap), "no hook ran")
    same(shape(yield* copy.checkpoint(Effect.succeed)), ["delete b.txt", "create new/n.txt"])
    const shown = Buffer.from(yield* copy.workspace.read("node_modules/dep/index.js")).toString()
    same(shown, "dep\n")
    same((yield* failure(copy.workspace.write("node_modules/dep/index.js", Buffer.from("x")))).kind, "permission")
    same(fs.readFileSync(join(root, "node_modules/dep/index.js"), "utf8"), "dep\n")
  })
)

it.scoped("without a sandbox ignored folders are copied, never linked", () =>
  Effect.gen(function* () {
    const { dataDir, root } = yield* repository
    const copy = yield* (yield* make({ dataDir })).open(session, root)
    const where = yield* copy.materialise
    same(where.readOnly, [])
    const at = join(where.from, "pkg/node_modules/deep/index.js")
    fs.writeFileSync(at, "changed\n")
    same(fs.readFileSync(join(root, "pkg/node_modules/deep/index.js"), "utf8"), "deep\n")
    same(yield* copy.checkpoint(Effect.succeed), [])
  })
)

it.scoped("a checkpoint sees what commands did: content, modes, links, deletions, but no ignored output", () =>
  Effect.gen(function* () {
    const { dataDir, root } = yield* repository
    const before = snapshot(root)
    const copies = yield* make({ dataDir })
    const copy = yield* copies.open(session, root)
    const at = (yield* copy.materialise).from
    plant(at, { "a.txt": "by command\n", "made/here.txt": "m\n", "made/trace.log": "t\n", "dist/more.js": "x\n" })
    plant(at, { "target/x.o": "x\n", ".gitignore": "target/\n*.log\ndist/\nnode_modules/\n.env\n", ".env": "KEY=2\n" })
    fs.chmodSync(join(at, "run.sh"), 0o644)
    fs.rmSync(join(at, "link"))
    fs.symlinkSync("b.txt", join(at, "link"))
    fs.rmSync(join(at, "d"), { recursive: true })
    fs.mkdirSync(join(at, ".git/hooks"), { recursive: true })
    const changes = yield* copy.checkpoint(Effect.succeed)
    same(shape(changes), [
      "modify .env",
      "modify .gitignore",
      "modify a.txt",
      "delete d/c.txt",
      "delete d/e/f.txt",
      "symlink link",
      "create made/here.txt",
      "mode run.sh"
    ])
    same(yield* copy.checkpoint(Effect.succeed), [])
    same(snapshot(root), before)
    const merged = yield* copies.merge(session, root, changes, "root")
    same(merged.ok && shape(merged.changes), shape(changes))
    same(fs.readlinkSync(join(root, "link")), "b.txt")
    holds(!fs.existsSync(join(root, "d")), "the emptied folder went")
    same(fs.statSync(join(root, "run.sh")).mode & 0o111, 0)
    same(yield* copy.checkpoint(Effect.succeed), [])
  })
)

it.scoped("a change of the same size in the same moment is still seen", () =>
  Effect.gen(function* () {
    const { dataDir, root } = yield* repository
    const copy = yield* (yield* make({ dataDir })).open(session, root)
    const at = (yield* copy.materialise).from
    for (const text of ["bex\n", "bey\n", "bez\n"]) {
      fs.writeFileSync(join(at, "b.txt"), text)
      fs.utimesSync(join(at, "b.txt"), 1, 1)
      same(shape(yield* copy.checkpoint(Effect.succeed)), ["modify b.txt"])
    }
  })
)

it.scoped("the tree is found again by a later process, with its checkpoint", () =>
  Effect.gen(function* () {
    const { dataDir, root } = yield* repository
    const at = (yield* (yield* (yield* make({ dataDir })).open(session, root)).materialise).from
    fs.writeFileSync(join(at, "b.txt"), "later\n")
    const copy = yield* (yield* make({ dataDir })).open(session, root)
    same(Buffer.from(yield* copy.workspace.read("b.txt")).toString(), "later\n")
    same(shape(yield* copy.checkpoint(Effect.succeed)), ["modify b.txt"])
  })
)

it.scoped("a tree names its key files, but not those that its history shows anyway", () =>
  Effect.gen(function* () {
    const { dataDir, root } = yield* repository
    plant(root, { "pkg/a/.env.local": "K=1\n", "test/cert.pem": "p\n", "*.pem": "p\n", ".env.example": "K=\n" })
    git(root, "add", "test/cert.pem")
    const copy = yield* (yield* make({ dataDir })).open(session, root)
    const { secrets = [] } = yield* copy.materialise
    same(
      [...secrets].sort(),
      ["*.pem", ".env", "pkg/a/.env.local"].map((path) => join(root, path))
    )
  })
)

it.scoped("search finds base and overrides: each touched path has a file of its own", () =>
  Effect.gen(function* () {
    const { dataDir, root } = yield* repository
    const copy = yield* (yield* make({ dataDir })).open(session, root)
    yield* copy.workspace.write("x.txt", Buffer.from("same\n"))
    yield* copy.workspace.write("y.txt", Buffer.from("same\n"))
    yield* copy.workspace.remove("b.txt")
    const disk = diskOf(copy.workspace)
    const over = disk?.over() ?? new Map()
    same(disk?.dir, root)
    same([...over.keys()].sort(), ["b.txt", "x.txt", "y.txt"])
    same(over.get("b.txt"), null)
    const [x, y] = [over.get("x.txt") ?? "", over.get("y.txt") ?? ""]
    holds(x !== y, "two files")
    same(
      [x, y].map((path) => fs.readFileSync(path, "utf8")),
      ["same\n", "same\n"]
    )
    yield* copy.materialise
    same(diskOf(copy.workspace)?.dir, join(dataDir, "copies", session, "tree"))
  })
)

it.scoped("a parent that the user made a link is refused, and nothing is written through it", () =>
  Effect.gen(function* () {
    const { dataDir, root, top } = yield* repository
    const copies = yield* make({ dataDir })
    const copy = yield* copies.open(session, root)
    yield* copy.workspace.write("d/new.txt", Buffer.from("n\n"))
    yield* copy.workspace.write("a.txt", Buffer.from("A\n"))
    const changes = yield* copy.checkpoint(Effect.succeed)
    fs.mkdirSync(join(top, "elsewhere"))
    fs.renameSync(join(root, "d"), join(top, "was"))
    fs.symlinkSync(join(top, "elsewhere"), join(root, "d"))
    const merged = yield* copies.merge(session, root, changes, "root")
    same(!merged.ok && merged.conflicts, [{ path: "d/new.txt", reason: "link" }])
    same(fs.readdirSync(join(top, "elsewhere")), [])
    same(fs.readFileSync(join(root, "a.txt"), "utf8"), seed["a.txt"])
  })
)

it.scoped("our own data folder inside the project is not part of the copy", () =>
  Effect.gen(function* () {
    const { root, top } = yield* repository
    fs.mkdirSync(join(root, ".mesh-home"))
    fs.appendFileSync(join(root, ".gitignore"), ".mesh-home/\n")
    fs.symlinkSync(join(root, ".mesh-home"), join(top, "named"))
    const dataDir = join(top, "named")
    const copy = yield* (yield* make({ dataDir })).open(session, root)
    yield* copy.workspace.write("x.txt", Buffer.from("x\n"))
    const where = yield* copy.materialise
    holds(!fs.existsSync(join(where.from, ".mesh-home")), "not copied")
    holds(!where.readOnly.some((path) => path.includes(".mesh-home")), "not shown")
    same(shape(yield* copy.checkpoint(Effect.succeed)), ["create x.txt"])
  })
)

it.scoped("dropping removes what a command locked, follows no link, and leaves the rest", () =>
  Effect.gen(function* () {
    const { dataDir, root, top } = yield* repository
    const copies = yield* make({ dataDir })
    const copy = yield* copies.open(session, root)
    const at = (yield* copy.materialise).from
    plant(top, { "precious/p.txt": "p\n" })
    fs.symlinkSync(join(top, "precious"), join(at, "to-precious"))
    plant(at, { "locked/in/x.txt": "x\n" })
    fs.chmodSync(join(at, "locked/in"), 0)
    fs.chmodSync(join(at, "locked"), 0o500)
    yield* copies.drop(session, root)
    same(fs.readdirSync(join(dataDir, "copies")), [])
    same(fs.readFileSync(join(top, "precious/p.txt"), "utf8"), "p\n")
    same(yield* filesIn((yield* copies.open(session, root)).workspace, "d"), {
      "d/c.txt": "sea\n",
      "d/e/f.txt": "eff\n"
    })
  })
)

it.scoped("in a part of a repository the ignore files above count too", () =>
  Effect.gen(function* () {
    const { dataDir, root } = yield* repository
    plant(root, { ".gitignore": "dist/\n/pkg/out/\n/other/in.txt\n", "pkg/src/a.ts": "a\n", "pkg/dist/x.js": "x\n" })
    const copies = yield* make({ dataDir, sandboxed: Effect.succeed(true) })
    const copy = yield* copies.open(session, join(root, "pkg"))
    const where = yield* copy.materialise
    same(where.readOnly, [join(root, "pkg/dist")])
    plant(where.from, { "out/y.js": "y\n", "src/dist/z.js": "z\n", "other/in.txt": "i\n", "src/b.ts": "b\n" })
    same(shape(yield* copy.checkpoint(Effect.succeed)), ["create other/in.txt", "create src/b.ts"])
  })
)

it.scoped("interrupting the making of a tree leaves none, and the next try makes it", () =>
  Effect.gen(function* () {
    const { dataDir, root } = yield* repository
    plant(root, Object.fromEntries(Array.from({ length: 1500 }, (_, n) => [`many/${n % 30}/${n}.txt`, `${n}\n`])))
    const copy = yield* (yield* make({ dataDir })).open(session, root)
    const fiber = yield* Effect.fork(copy.materialise)
    const part = join(dataDir, "copies", session, "tree.part")
    while (!fs.existsSync(part)) yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
    yield* Fiber.interrupt(fiber)
    same(fs.readdirSync(join(dataDir, "copies", session)), ["holder"])
    same(Buffer.from(yield* copy.workspace.read("many/7/7.txt")).toString(), "7\n")
    const at = (yield* copy.materialise).from
    same(fs.readFileSync(join(at, "many/7/7.txt"), "utf8"), "7\n")
    same(yield* copy.checkpoint(Effect.succeed), [])
  })
)

it.scoped("a second copy of the same tree has the same bytes and sees a file that changed between", () =>
  Effect.gen(function* () {
    const { dataDir, root } = yield* repository
    plant(root, { "large.bin": "large".repeat(100_000) })
    const copies = yield* make({ dataDir })
    yield* (yield* copies.open(session, root)).materialise
    fs.writeFileSync(join(root, "b.txt"), "BEE\n")
    const copy = yield* copies.open(SessionId.make(`ses_${"3".repeat(32)}`), root)
    const at = (yield* copy.materialise).from
    same(fs.readFileSync(join(at, "b.txt"), "utf8"), "BEE\n")
    same(fs.readFileSync(join(at, "large.bin"), "utf8"), "large".repeat(100_000))
    plant(at, { "b.txt": "bee again\n", "large.bin": "small\n" })
    const changes = yield* copy.checkpoint(Effect.succeed)
    same(shape(changes), ["modify b.txt", "modify large.bin"])
    const bases = yield* Effect.forEach(changes, ({ before }) =>
      before === undefined ? Effect.succeed(new Uint8Array()) : copies.content(before)
    )
    same(
      bases.map((it) => Buffer.from(it).toString().slice(0, 9)),
      ["BEE\n", "largelarg"]
    )
  })
)

/** Makes every kept content look as if nobody had used it for two days. */
const age = (dataDir: string): void => {
  const then = new Date(Date.now() - 2 * keptFor)
  for (const folder of ["blobs", "packs"]) {
    const at = join(dataDir, folder)
    const names = fs.existsSync(at) ? fs.readdirSync(at, { recursive: true, encoding: "utf8" }) : []
    for (const name of names) fs.utimesSync(join(at, name), then, then)
  }
}

const twoProcesses = (prepare: (copy: Copy) => Effect.Effect<unknown, unknown>) =>
  Effect.gen(function* () {
    const top = yield* folder
    const root = join(top, "proj")
    plant(root, seed)
    const dataDir = join(top, "data")
    const [one, two] = [yield* make({ dataDir }), yield* make({ dataDir })]
    const copy = yield* one.open(session, root)
    yield* prepare(copy)
    yield* copy.workspace.write("n.txt", Buffer.from("said twice\n"))
    const [change] = yield* copy.checkpoint(Effect.succeed)
    yield* one.drop(session, root)
    age(dataDir)
    // While the collector reads logs, another process comes to the same contents, and has not recorded them yet.
    const other = SessionId.make(`ses_${"3".repeat(32)}`)
    const meanwhile = Effect.gen(function* () {
      const again = yield* two.open(other, root)
      yield* prepare(again)
      yield* again.workspace.write("n.txt", Buffer.from("said twice\n"))
      yield* again.checkpoint(Effect.succeed)
      fs.renameSync(join(dataDir, "copies"), join(dataDir, "copies-unseen"))
      return new Set<string>()
    })
    yield* one.collect(meanwhile)
    fs.renameSync(join(dataDir, "copies-unseen"), join(dataDir, "copies"))
    if (change?.after === undefined) throw new Error("nothing was staged")
    same(Buffer.from(yield* two.content(change.after)).toString(), "said twice\n")
    const reopened = yield* (yield* make({ dataDir })).open(other, root)
    same(Buffer.from(yield* reopened.workspace.read("n.txt")).toString(), "said twice\n")
    for (const name of fs.readdirSync(dataDir, { recursive: true, encoding: "utf8" }))
      holds(!name.endsWith(".tmp"), name)
  })

it.scopedLive("a content that another process came to meanwhile is not collected", () =>
  twoProcesses(() => Effect.void)
)

it.scopedLive("a tree that another process froze meanwhile is not collected", () =>
  twoProcesses((copy) => copy.materialise)
)

it.scopedLive("a process that knew a pack which is gone keeps its contents anew", () =>
  Effect.gen(function* () {
    const top = yield* folder
    const root = join(top, "proj")
    plant(root, seed)
    const dataDir = join(top, "data")
    const copies = yield* make({ dataDir })
    const first = yield* copies.open(session, root)
    yield* first.materialise
    yield* copies.drop(session, root)
    age(dataDir)
    const freed = yield* (yield* make({ dataDir })).collect(Effect.succeed(new Set<string>()))
    holds(freed.contents >= Object.keys(seed).length, "the pack is gone")
    same(fs.readdirSync(join(dataDir, "packs")), [])
    const second = yield* copies.open(session, root)
    yield* second.materialise
    yield* second.workspace.write("a.txt", Buffer.from("new\n"))
    const [change] = yield* second.checkpoint(Effect.succeed)
    if (change?.before === undefined) throw new Error("nothing was staged")
    same(Buffer.from(yield* copies.content(change.before)).toString(), seed["a.txt"])
  })
)

it.scopedLive("two never apply to one folder at once: who comes second waits, whichever session it is of", () =>
  Effect.gen(function* () {
    const top = yield* folder
    const root = join(top, "proj")
    plant(root, seed)
    const dataDir = join(top, "data")
    const copies = yield* make({ dataDir })
    const copy = yield* copies.open(session, root)
    yield* copy.workspace.write("a.txt", Buffer.from("new\n"))
    const changes = yield* copy.checkpoint(Effect.succeed)
    // Another living process is at it.
    const lock = join(dataDir, "applying", `${createHash("sha256").update(root).digest("hex").slice(0, 32)}.lock`)
    fs.mkdirSync(dirname(lock), { recursive: true })
    fs.writeFileSync(lock, JSON.stringify(holderOf(process.ppid)))
    const applying = yield* Effect.fork(copies.merge(session, root, changes, "root"))
    yield* Effect.sleep(100)
    same(fs.readFileSync(join(root, "a.txt"), "utf8"), seed["a.txt"])
    fs.rmSync(lock)
    holds((yield* Fiber.join(applying)).ok, "it is applied once the other is done")
    same([fs.readFileSync(join(root, "a.txt"), "utf8"), fs.readdirSync(dirname(lock))], ["new\n", []])
  })
)
