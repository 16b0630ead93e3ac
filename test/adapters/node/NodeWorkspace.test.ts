/** The workspace on disk keeps the contract, and holds against pipes, devices, races and full disks. */
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { make } from "../../../src/adapters/node/NodeWorkspace.ts"
import { workspaceContract } from "../../ports/Workspace.contract.ts"
import { seedFiles, seedLinks, type WorkspacePlace } from "../../ports/Workspace.laws.ts"
import { failureOf, holds, same } from "../../support/laws.ts"

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

workspaceContract("NodeWorkspace", place(false))
workspaceContract("NodeWorkspace at a link", place(true))

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
    holds((yield* workspace.read("/proc/self/status")).length > 100, "it has lines")
    same((yield* failureOf(workspace.read("/proc/self/status", 10))).kind, "too_large")
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

it.scoped("a full disk is named as such and leaves the old file", () =>
  Effect.gen(function* () {
    if (!fs.existsSync("/dev/full")) return
    const { root } = yield* here
    const workspace = yield* make(root)
    same((yield* failureOf(workspace.write("/dev/full", new Uint8Array([1])))).kind, "not_regular")
    same(new TextDecoder().decode(yield* workspace.read("a.txt")), "alpha\n")
  })
)

it.effect("a root that is missing or a file is refused", () =>
  Effect.gen(function* () {
    same((yield* failureOf(make("/no/such/root"))).kind, "missing")
    same((yield* failureOf(make("/etc/passwd"))).kind, "not_directory")
  })
)
