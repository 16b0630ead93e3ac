/** Applications that are killed, refused or out of space: all of it or nothing, and nothing of the user's lost. */
import { execFileSync, spawnSync } from "node:child_process"
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { buildSync } from "esbuild"
import { make } from "../../../src/adapters/node/NodeWorkingCopies.ts"
import { type Change, invert } from "../../../src/domain/model/Change.ts"
import { SessionId } from "../../../src/domain/model/Ids.ts"
import { session } from "../../ports/WorkingCopies.contract.ts"
import { failure, ok as holds, equal as same } from "../../support/contract.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => fs.realpathSync(fs.mkdtempSync(join(tmpdir(), "code-mesh-crash-")))),
  (path) => Effect.sync(() => fs.rmSync(path, { recursive: true, force: true }))
)

const plant = (root: string, files: Readonly<Record<string, string>>): void => {
  for (const [path, text] of Object.entries(files)) {
    fs.mkdirSync(dirname(join(root, path)), { recursive: true })
    fs.writeFileSync(join(root, path), text)
  }
}

const before = { "a.txt": "a\n", "b/b.txt": "b\n", "c.txt": "c\n", "kept.txt": "kept\n" }
const after = { "a.txt": "A\n", "c.txt": "c\nmore\n", "kept.txt": "kept\n", "n/m/new.txt": "new\n", "x.txt": "x\n" }

/** Every file under a folder and its text. */
const filesUnder = (root: string, at = ""): Record<string, string> =>
  Object.fromEntries(
    fs.readdirSync(join(root, at), { withFileTypes: true }).flatMap((entry): Array<[string, string]> => {
      const path = at === "" ? entry.name : `${at}/${entry.name}`
      if (entry.isDirectory()) return Object.entries(filesUnder(root, path))
      return [[path, fs.readFileSync(join(root, path), "utf8")]]
    })
  )

const sorted = (files: Readonly<Record<string, string>>) => Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1))

const child = (top: string): string => {
  const file = join(top, "child.mjs")
  buildSync({
    entryPoints: [fileURLToPath(new URL("./workingCopies.child.ts", import.meta.url))],
    bundle: true,
    platform: "node",
    format: "esm",
    outfile: file,
    logLevel: "silent"
  })
  return file
}

/** A project, a copy in which all of it was changed, and those changes. */
const staged = (top: string, materialised: boolean, id: SessionId = session) =>
  Effect.gen(function* () {
    const [root, dataDir] = [join(top, `proj-${id}-${materialised}`), join(top, "data")]
    plant(root, before)
    const copies = yield* make({ dataDir })
    const copy = yield* copies.open(id, root)
    if (materialised) yield* copy.materialise
    for (const [path, text] of Object.entries(after)) yield* copy.workspace.write(path, Buffer.from(text))
    yield* copy.workspace.remove("b/b.txt")
    return { root, dataDir, copies, copy, changes: yield* copy.checkpoint(Effect.succeed) }
  })

const run = (
  program: string,
  dataDir: string,
  root: string,
  id: string,
  onto: string,
  limit: number,
  changes: ReadonlyArray<Change>
) =>
  spawnSync(process.execPath, [program, dataDir, root, id, onto, String(limit), JSON.stringify(changes)], {
    encoding: "utf8"
  })

const idOf = (n: number) => SessionId.make(`ses_${n.toString(16).padStart(32, "0")}`)

for (const materialised of [false, true]) {
  const name = materialised ? "a materialised copy" : "an overlay"
  it.scoped(
    `an application of ${name} that is killed at any point is whole on the next start`,
    () =>
      Effect.gen(function* () {
        const top = yield* folder
        const program = child(top)
        for (let limit = 1, done = false; !done; limit += 1) {
          const id = idOf(limit)
          const { changes, dataDir, root } = yield* staged(top, materialised, id)
          const ended = run(program, dataDir, root, id, "root", limit, changes)
          done = ended.stdout.startsWith("done")
          holds(done || ended.signal === "SIGKILL", `${limit}: ${ended.stdout} ${ended.stderr}`)
          holds(!done || limit > 8, "there are points to be killed at")
          const again = yield* make({ dataDir })
          const copy = yield* again.open(id, root)
          same(sorted(filesUnder(root)), sorted(after), `killed at ${limit}`)
          same(yield* copy.checkpoint(Effect.succeed), [], `killed at ${limit}`)
          holds(!fs.existsSync(join(dataDir, "copies", id, "apply-journal.json")), "the journal is closed")
          same(yield* again.merge(id, root, changes, "root"), { ok: true, changes: [] })
        }
      }),
    120_000
  )
}

it.scoped(
  "an undo in a tree that is killed at any point is whole on the next start",
  () =>
    Effect.gen(function* () {
      const top = yield* folder
      const program = child(top)
      for (let limit = 1, done = false; !done; limit += 1) {
        const id = idOf(limit)
        const { changes, dataDir, root } = yield* staged(top, true, id)
        const ended = run(program, dataDir, root, id, "copy", limit, changes.map(invert))
        done = ended.stdout.startsWith("done")
        holds(done || ended.signal === "SIGKILL", `${limit}: ${ended.stdout} ${ended.stderr}`)
        const copy = yield* (yield* make({ dataDir })).open(id, root)
        const tree = filesUnder(join(dataDir, "copies", id, "tree"))
        same(sorted(tree), sorted(before), `killed at ${limit}`)
        same(yield* copy.checkpoint(Effect.succeed), [], `killed at ${limit}`)
        same(sorted(filesUnder(root)), sorted(before), "the real tree was not touched")
      }
    }),
  120_000
)

it.scoped("another session's start finishes what a dead process began, and what the user did since stays", () =>
  Effect.gen(function* () {
    const top = yield* folder
    const program = child(top)
    const { changes, dataDir, root } = yield* staged(top, false)
    same(run(program, dataDir, root, session, "root", 1, changes).signal, "SIGKILL")
    same(sorted(filesUnder(root)), sorted(before))
    fs.writeFileSync(join(root, "a.txt"), "the user's\n")
    fs.writeFileSync(join(root, "c.txt"), "first\nc\n")
    yield* (yield* make({ dataDir })).open(idOf(77), root)
    same(
      sorted(filesUnder(root)),
      sorted({ ...after, "a.txt": "the user's\n", "c.txt": "first\nc\nmore\n" }).map(([path, text]) => [path, text])
    )
  })
)

it.scoped("a journal of a live process is left alone", () =>
  Effect.gen(function* () {
    const top = yield* folder
    const program = child(top)
    const { changes, dataDir, root } = yield* staged(top, false)
    run(program, dataDir, root, session, "root", 1, changes)
    const file = join(dataDir, "copies", session, "apply-journal.json")
    const stat = fs.readFileSync(`/proc/${process.ppid}/stat`, "utf8")
    const started = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]
    fs.writeFileSync(file, JSON.stringify({ ...JSON.parse(fs.readFileSync(file, "utf8")), pid: process.ppid, started }))
    const error = yield* failure((yield* make({ dataDir })).open(session, root))
    holds(error.reason.includes(`process ${process.ppid}`), error.reason)
    same(sorted(filesUnder(root)), sorted(before))
  })
)

it.scoped("a step that the system refuses takes back those before it", () =>
  Effect.gen(function* () {
    const top = yield* folder
    const { changes, copies, dataDir, root } = yield* staged(top, false)
    const shut = yield* make({
      dataDir,
      reached: (point) => {
        // A folder appears where the last file is to go, after others went.
        if (point === "deleted") plant(root, { "x.txt/inside": "in the way\n" })
      }
    })
    const result = yield* Effect.either(shut.merge(session, root, changes, "root"))
    same(result._tag === "Right" && !result.right.ok && result.right.conflicts, [{ path: "x.txt", reason: "type" }])
    same(sorted(filesUnder(root)), sorted({ ...before, "x.txt/inside": "in the way\n" }))
    fs.rmSync(join(root, "x.txt"), { recursive: true })
    const merged = yield* copies.merge(session, root, changes, "root")
    holds(merged.ok, "goes through later")
    same(sorted(filesUnder(root)), sorted(after))
  })
)

it.scoped("a file that changes between plan and rename is planned anew, with the user's lines in it", () =>
  Effect.gen(function* () {
    const top = yield* folder
    const { changes, dataDir, root } = yield* staged(top, false)
    let once = true
    const copies = yield* make({
      dataDir,
      reached: (point) => {
        if (point === "journalled" && once) fs.writeFileSync(join(root, "c.txt"), "first\nc\n")
        once = false
      }
    })
    const merged = yield* copies.merge(session, root, changes, "root")
    holds(merged.ok, "merged")
    same(sorted(filesUnder(root)), sorted({ ...after, "c.txt": "first\nc\nmore\n" }))
  })
)

it.scoped("a data folder that cannot be written is a clear error, and the real tree is as it was", () =>
  Effect.gen(function* () {
    const top = yield* folder
    const root = join(top, "proj")
    plant(root, before)
    plant(top, { data: "a file, not a folder\n" })
    const copies = yield* make({ dataDir: join(top, "data") })
    const opened = yield* Effect.either(copies.open(session, root))
    if (opened._tag === "Right") {
      const copy = opened.right
      holds((yield* failure(copy.workspace.write("a.txt", Buffer.from("A\n")))).message.length > 0, "a reason")
      same(Buffer.from(yield* copy.workspace.read("a.txt")).toString(), "a\n")
      same((yield* failure(copy.materialise))._tag, "CopyFailed")
    } else same(opened.left._tag, "CopyFailed")
    same(sorted(filesUnder(root)), sorted(before))
  })
)

const mayMount = spawnSync("unshare", ["-rm", "true"]).status === 0

it.scoped.skipIf(!mayMount)("a full disk is named, and neither the copy nor the real tree is hurt", () =>
  Effect.gen(function* () {
    const top = yield* folder
    const program = child(top)
    const { changes, dataDir, root } = yield* staged(top, false)
    const large = "x".repeat(300_000)
    const copies = yield* make({ dataDir })
    const copy = yield* copies.open(session, root)
    yield* copy.workspace.write("big.txt", Buffer.from(large))
    const all = [...changes, ...(yield* copy.checkpoint(Effect.succeed))]
    // The project lies on a file system that the small files fit in and the large one does not.
    const script = `mount -t tmpfs -o size=100k none "$1" && cp -r "$2"/. "$1" && shift 2 && "$@" 2>&1; echo "exit $?"; cat "$ROOT"/*.txt; ls -A "$ROOT"`
    const small = join(top, "small")
    fs.mkdirSync(small)
    const text = JSON.stringify(all)
    const out = execFileSync(
      "unshare",
      [
        "-rm",
        "sh",
        "-c",
        script,
        "sh",
        small,
        root,
        process.execPath,
        program,
        dataDir,
        small,
        idOf(5),
        "root",
        "0",
        text
      ],
      { encoding: "utf8", env: { ...process.env, ROOT: small }, stdio: ["ignore", "pipe", "pipe"] }
    )
    holds(!out.includes("done") && out.includes("the disk is full"), out)
    same(out.slice(out.indexOf("\na\n") + 1), "a\nc\nkept\na.txt\nb\nc.txt\nkept.txt\n")
  })
)
