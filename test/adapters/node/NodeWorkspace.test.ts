/** The workspace on disk keeps the contract, and holds against pipes, devices, races and full disks. */
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { buildSync } from "esbuild"
import { make } from "../../../src/adapters/node/NodeWorkspace.ts"
import { Place, seedFiles, seedLinks, type WorkspacePlace, workspaceContract } from "../../ports/Workspace.contract.ts"
import { failure as failureOf, ok as holds, equal as same } from "../../support/contract.ts"
import { runContract } from "../../support/runContract.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => fs.realpathSync(fs.mkdtempSync(join(tmpdir(), "code-mesh-workspace-")))),
  (path) => Effect.sync(() => fs.rmSync(path, { recursive: true, force: true }))
)

const build = (top: string): { root: string; outside: string } => {
  const [root, outside] = [join(top, "proj"), join(top, "out")]
  fs.mkdirSync(outside)
  fs.writeFileSync(join(outside, "secret.txt"), "secret\n")
  for (const [path, text] of Object.entries(seedFiles)) {
    fs.mkdirSync(join(root, path, ".."), { recursive: true })
    fs.writeFileSync(join(root, path), text)
  }
  for (const [path, text] of Object.entries(seedLinks)) fs.symlinkSync(text.replace("OUT", outside), join(root, path))
  return { root, outside }
}

const place = (linked: boolean) =>
  Effect.gen(function* () {
    const top = yield* folder
    const { root, outside } = build(top)
    const name = linked ? join(top, "named") : root
    if (linked) fs.symlinkSync("proj", name)
    const workspace = yield* make(name, { home: join(top, "home") })
    const swap = Effect.sync(() => {
      fs.renameSync(join(root, "d"), join(top, "d-was"))
      fs.symlinkSync(outside, join(root, "d"))
    })
    const it: WorkspacePlace = { workspace, outside, swap, ...(linked ? { otherName: root } : {}) }
    return it
  })

runContract(workspaceContract, "NodeWorkspace", Layer.scoped(Place, place(false)))
runContract(workspaceContract, "NodeWorkspace at a link", Layer.scoped(Place, place(true)))

const here = Effect.map(folder, (top) => build(top))

it.scoped("pipes, devices and sockets end in an error and never in a wait", () =>
  Effect.gen(function* () {
    const { root } = yield* here
    execFileSync("mkfifo", [join(root, "pipe")])
    const workspace = yield* make(root)
    for (const path of ["pipe", "/dev/zero", "/dev/null", "/dev/tty"]) {
      const { kind } = yield* failureOf(workspace.read(path))
      holds(kind === "not_regular" || (path === "/dev/tty" && kind === "missing"), `${path}: ${kind}`)
    }
    same((yield* failureOf(workspace.write("pipe", new Uint8Array()))).kind, "not_regular")
    same((yield* workspace.list("")).find((it) => it.name === "pipe")?.kind, "other")
  })
)

it.scoped("a file of the system that says it is empty is read all the same, up to a bound", () =>
  Effect.gen(function* () {
    const { root } = yield* here
    const workspace = yield* make(root)
    const status = (yield* workspace.locate("/proc/self/status")).real
    holds((yield* workspace.read(status)).length > 100, "it has lines")
    same((yield* failureOf(workspace.read(status, 10))).kind, "too_large")
  })
)

it.scoped("a sparse file of a terabyte is refused without being read", () =>
  Effect.gen(function* () {
    const { root } = yield* here
    fs.writeFileSync(join(root, "big"), "")
    fs.truncateSync(join(root, "big"), 2 ** 40)
    const workspace = yield* make(root)
    same((yield* failureOf(workspace.read("big"))).kind, "too_large")
  })
)

it.scoped("a write leaves no temporary file, whether it lands or not", () =>
  Effect.gen(function* () {
    const { root } = yield* here
    const workspace = yield* make(root)
    yield* workspace.write("a.txt", new Uint8Array([1]))
    const long = "n".repeat(300)
    same((yield* failureOf(workspace.write(long, new Uint8Array([1])))).kind, "other")
    holds(!fs.readdirSync(root).some((it) => it.endsWith(".tmp")), "no temporary file")
  })
)

/** A program that makes a workspace at `root`, runs `call` on it and prints the kind of its failure, or `ok`. */
const program = (top: string, root: string, call: string): string => {
  const file = join(top, "child.mjs")
  buildSync({
    stdin: {
      contents: `
        import * as Effect from "effect/Effect"
        import { make } from "./src/adapters/node/NodeWorkspace.ts"
        const call = (workspace) => ${call}
        const program = make(${JSON.stringify(root)}).pipe(
          Effect.flatMap(call),
          Effect.match({ onFailure: (it) => it.kind, onSuccess: () => "ok" })
        )
        console.log(await Effect.runPromise(program))`,
      resolveDir: fileURLToPath(new URL("../../..", import.meta.url))
    },
    bundle: true,
    platform: "node",
    format: "esm",
    outfile: file,
    logLevel: "silent"
  })
  return file
}

it.scoped("a file that cannot grow is named as a lack of space, and the old one stays", () =>
  Effect.gen(function* () {
    const top = yield* folder
    const { root } = build(top)
    const file = program(top, root, `workspace.write("a.txt", new Uint8Array(5_000_000))`)
    const run = `ulimit -f 1000; exec "${process.execPath}" "${file}"`
    same(execFileSync("sh", ["-c", run], { encoding: "utf8" }).trim(), "no_space")
    same(fs.readFileSync(join(root, "a.txt"), "utf8"), "alpha\n")
    holds(!fs.readdirSync(root).some((it) => it.endsWith(".tmp")), "no temporary file")
  })
)

it.scoped("what the system does not permit is named so, for an ordinary user", () =>
  Effect.gen(function* () {
    const top = yield* folder
    const { root } = build(top)
    fs.chmodSync(top, 0o755)
    fs.chmodSync(join(root, "a.txt"), 0o000)
    fs.chmodSync(join(root, "d"), 0o500)
    const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}
    const kind = (call: string): string =>
      execFileSync(process.execPath, [program(top, root, call)], { encoding: "utf8", ...user }).trim()
    same(kind(`workspace.read("a.txt")`), "permission")
    same(kind(`workspace.write("a.txt", new Uint8Array(1))`), "permission")
    same(kind(`workspace.write("d/new.txt", new Uint8Array(1))`), "permission")
    same(kind(`workspace.remove("d/f.txt")`), "permission")
    same(kind(`workspace.read("Z.txt")`), "ok")
  })
)

it.scoped("what is outside is reached by its real path only", () =>
  Effect.gen(function* () {
    const { outside, root } = yield* here
    fs.symlinkSync("out", join(outside, "..", "alias"))
    const workspace = yield* make(root)
    const alias = join(outside, "..", "alias", "secret.txt")
    same((yield* failureOf(workspace.read(alias))).kind, "escape")
    same((yield* failureOf(workspace.write(alias, new Uint8Array([1])))).kind, "escape")
    same((yield* failureOf(workspace.remove(alias))).kind, "escape")
    same((yield* workspace.read((yield* workspace.locate(alias)).real)).length, 7)
  })
)

it.scoped("a hard link cannot be told from the file: it is read, and a write parts the two", () =>
  Effect.gen(function* () {
    const { outside, root } = yield* here
    fs.linkSync(join(outside, "secret.txt"), join(root, "hard"))
    const workspace = yield* make(root)
    same((yield* workspace.read("hard")).length, 7)
    yield* workspace.write("hard", new Uint8Array([1]))
    same(fs.readFileSync(join(outside, "secret.txt"), "utf8"), "secret\n")
  })
)

it.effect("a root that is missing or a file is refused", () =>
  Effect.gen(function* () {
    same((yield* failureOf(make("/no/such/root"))).kind, "missing")
    same((yield* failureOf(make("/etc/passwd"))).kind, "not_directory")
  })
)
