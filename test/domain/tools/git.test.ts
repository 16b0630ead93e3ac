/** The git tool in real repositories. */
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { layerWith } from "../../../src/adapters/node/SpawnShell.ts"
import { git } from "../../../src/domain/tools/git.ts"
import { quoted, readScript } from "../../../src/domain/tools/gitLines.ts"
import type { ToolRunService } from "../../../src/domain/tools/Tool.ts"
import { Shell } from "../../../src/ports/Shell.ts"
import { request } from "../../ports/Shell.contract.ts"
import { type ToolWorld, toolWorld } from "../../support/toolWorld.ts"

const env = {
  ...process.env,
  GIT_AUTHOR_NAME: "A",
  GIT_AUTHOR_EMAIL: "a@example.com",
  GIT_COMMITTER_NAME: "A",
  GIT_COMMITTER_EMAIL: "a@example.com",
  GIT_CONFIG_GLOBAL: "/dev/null"
}
const shell = layerWith({ env: { ...env, GIT_CONFIG_GLOBAL: undefined, HOME: "/nonexistent" } })

/** A world with a repository of one commit. */
const repository = (run: Partial<ToolRunService> = {}) =>
  Effect.gen(function* () {
    const world = yield* toolWorld({ shell, run })
    const at = (...args: ReadonlyArray<string>) => execFileSync("git", args, { cwd: world.dir, env, encoding: "utf8" })
    at("init", "-q", "-b", "main")
    world.write("a.txt", "one\n")
    world.write("b.txt", "one\n")
    at("add", ".")
    at("commit", "-qm", "first")
    return { world, at }
  })

const call = (world: ToolWorld, action: string, ...args: ReadonlyArray<string>) => world.call(git, { action, args })

describe("git that reads", () => {
  it.scopedLive("shows status, changes and history of the files in place", () =>
    Effect.gen(function* () {
      const { world } = yield* repository()
      world.write("a.txt", "two\n")
      assert.strictEqual((yield* call(world, "status", "--short")).output, "M a.txt".padStart(8, " "))
      assert.include((yield* call(world, "diff")).output, "-one\n+two")
      assert.match((yield* call(world, "log", "--oneline")).output, /^[0-9a-f]+ first$/)
      assert.strictEqual((yield* call(world, "branch", "--show-current")).output, "main")
      assert.deepStrictEqual(yield* call(world, "rev-parse", "nope"), {
        output: (yield* call(world, "rev-parse", "nope")).output,
        ok: false
      })
    })
  )

  for (const sandbox of ["off", "workspace"] as const)
    it.scopedLive(
      `shows a session's copy against the real repository, and writes nothing there (sandbox ${sandbox})`,
      () =>
        Effect.gen(function* () {
          let place = { from: "", to: "", readOnly: [] }
          const { world } = yield* repository({ place: Effect.sync(() => place), sandbox })
          const copy = path.join(world.dir, "..", `${path.basename(world.dir)}-copy`)
          yield* Effect.addFinalizer(() => Effect.sync(() => fs.rmSync(copy, { recursive: true, force: true })))
          fs.mkdirSync(path.join(copy, ".git"), { recursive: true })
          fs.writeFileSync(path.join(copy, "a.txt"), "copy\n")
          fs.writeFileSync(path.join(copy, "b.txt"), "one\n")
          place = { from: copy, to: world.dir, readOnly: [] }
          const before = fs.readFileSync(path.join(world.dir, ".git", "index"))
          assert.strictEqual((yield* call(world, "status", "--short")).output.trim(), "M a.txt")
          assert.include((yield* call(world, "diff", "--", "a.txt")).output, "-one\n+copy")
          assert.deepStrictEqual(fs.readFileSync(path.join(world.dir, ".git", "index")), before)
          assert.deepStrictEqual(fs.readdirSync(path.join(copy, ".git")), [])
        })
    )

  it.scopedLive("tells history but not changes where a part of a repository is worked on without a sandbox", () =>
    Effect.gen(function* () {
      const { world } = yield* repository()
      world.write("part/c.txt", "one\n")
      const root = path.join(world.dir, "part")
      const copy = path.join(world.dir, "copy")
      fs.mkdirSync(copy)
      const script = (action: string) => readScript(action, [], { root, from: copy, mounted: false })
      const ran = (action: string) =>
        Effect.flatMap(Shell, (it) => it.run(request(script(action), { cwd: copy }))).pipe(Effect.provide(shell))
      assert.include((yield* ran("log")).output, "first")
      const status = yield* ran("status")
      assert.include(status.output, "a part of a larger repository")
      assert.deepStrictEqual(status.code, Option.some(1))
    })
  )

  it.scopedLive("runs nothing that the repository names", () =>
    Effect.gen(function* () {
      const { at, world } = yield* repository()
      const trap = `touch ${world.dir}/ran; cat`
      for (const key of [
        "core.fsmonitor",
        "diff.external",
        "core.pager",
        "filter.f.clean",
        "filter.f.process",
        "diff.d.textconv"
      ])
        at("config", key, trap)
      at("config", "filter.f.required", "true")
      world.write(".gitattributes", "*.txt filter=f diff=d\n")
      world.write("a.txt", "two\n")
      for (const args of [["status"], ["diff"], ["log", "-p"], ["show"]])
        yield* call(world, args[0] ?? "", ...args.slice(1))
      assert.isFalse(fs.existsSync(path.join(world.dir, "ran")))
      assert.include((yield* call(world, "diff")).output, "+two")
    })
  )

  it.scopedLive("takes arguments as they are, with what means something to a shell", () =>
    Effect.gen(function* () {
      const { world } = yield* repository()
      const outcome = yield* call(world, "log", "--format=%s $(touch x) 'q' \"d\" `id` ; |")
      assert.strictEqual(outcome.output, "first $(touch x) 'q' \"d\" `id` ; |")
      assert.strictEqual(quoted("it's"), `'it'\\''s'`)
    })
  )

  it.scoped("touches nothing but what it is asked to show", () =>
    Effect.gen(function* () {
      const world = yield* toolWorld({ shell })
      world.write("b", "x")
      fs.symlinkSync("loop", path.join(world.dir, "loop"))
      const looped = yield* world.prepare(git, { action: "diff", paths: ["loop"] })
      assert.deepStrictEqual(looped.subjects, ["git diff -- loop"])
      assert.strictEqual(looped.footprint.read.length, 1)
      const { footprint, subjects } = yield* world.prepare(git, { action: "diff", args: ["--", "a.txt"] })
      assert.deepStrictEqual(footprint, {
        read: [`${world.dir}/a.txt`],
        write: [],
        exec: [],
        net: [],
        env: [],
        unknown: []
      })
      assert.deepStrictEqual(subjects, ["git diff -- a.txt"])
    })
  )
})

describe("git that writes", () => {
  it.scopedLive("applies what is staged, then commits exactly the named paths", () =>
    Effect.gen(function* () {
      let dir = ""
      const applyStaged = Effect.sync(() => fs.writeFileSync(path.join(dir, "a.txt"), "two\n"))
      const { at, world } = yield* repository({ applyStaged })
      dir = world.dir
      world.write("b.txt", "mine\n")
      world.write("new.txt", "new\n")
      at("add", "b.txt")
      const input = { action: "commit", message: 'it\'s "$done"', paths: ["a.txt", "new.txt"] }
      const prepared = yield* world.prepare(git, input)
      assert.deepStrictEqual(
        prepared.footprint.write,
        ["/.git", "/a.txt", "/new.txt"].map((name) => world.dir + name)
      )
      assert.strictEqual(world.text("a.txt"), "one\n")
      const outcome = yield* world.run(prepared)
      assert.isTrue(outcome.ok, outcome.output)
      assert.strictEqual(at("show", "--format=%s", "--name-only"), 'it\'s "$done"\n\na.txt\nnew.txt\n')
      assert.strictEqual(at("status", "--short"), "M  b.txt\n")
    })
  )

  it.scopedLive("commits the session's own paths where none are named, and nothing where there are none", () =>
    Effect.gen(function* () {
      const { at, world } = yield* repository({ applied: Effect.succeed(["b.txt"]) })
      world.write("a.txt", "two\n")
      world.write("b.txt", "two\n")
      yield* world.call(git, { action: "commit", message: "second" })
      assert.strictEqual(at("show", "--format=", "--name-only"), "b.txt\n")
      const none = yield* toolWorld({ shell })
      assert.strictEqual((yield* Effect.flip(none.call(git, { action: "commit", message: "x" }))).kind, "invalid")
    })
  )

  it.scopedLive("runs no hooks", () =>
    Effect.gen(function* () {
      const { at, world } = yield* repository()
      for (const hook of ["pre-commit", "post-checkout", "post-commit"])
        fs.writeFileSync(path.join(world.dir, ".git", "hooks", hook), "#!/bin/sh\ntouch ran\n", { mode: 0o755 })
      world.write("a.txt", "two\n")
      yield* world.call(git, { action: "commit", message: "second", paths: ["a.txt"] })
      yield* call(world, "switch", "-c", "other")
      assert.strictEqual(at("branch", "--show-current"), "other\n")
      assert.isFalse(fs.existsSync(path.join(world.dir, "ran")))
    })
  )

  it.scopedLive("does nothing where applying fails", () =>
    Effect.gen(function* () {
      const { ToolFailure } = yield* Effect.promise(() => import("../../../src/domain/tools/Tool.ts"))
      const conflict = new ToolFailure({ kind: "conflict", reason: "a.txt" })
      const { at, world } = yield* repository({ applyStaged: Effect.fail(conflict) })
      assert.deepStrictEqual(yield* Effect.flip(call(world, "branch", "x")), conflict)
      assert.strictEqual(at("branch"), "* main\n")
    })
  )

  it.scoped("asks for the network where an action connects", () =>
    Effect.gen(function* () {
      const world = yield* toolWorld({ shell })
      const { footprint } = yield* world.prepare(git, { action: "push", args: ["origin", "main"] })
      assert.deepStrictEqual([footprint.net, footprint.write], [["git remote"], [`${world.dir}/.git`]])
    })
  )

  it.scoped("connects nowhere where somebody wants nothing to connect", () =>
    Effect.gen(function* () {
      const world = yield* toolWorld({ shell, run: { offline: true } })
      for (const action of ["fetch", "pull", "push"])
        assert.strictEqual((yield* Effect.flip(world.prepare(git, { action }))).kind, "refused")
      assert.deepStrictEqual((yield* world.prepare(git, { action: "tag", args: ["v1"] })).footprint.net, [])
    })
  )

  const refused: ReadonlyArray<readonly [string, ...ReadonlyArray<string>]> = [
    ["fetch", "--upload-pack=./x", "origin"],
    ["fetch", "--upload=./x", "origin"],
    ["fetch", "ext::sh -c id"],
    ["rebase", "-x", "id", "HEAD~1"],
    ["rebase", "--exec", "id"],
    ["rebase", "-i", "HEAD~1"],
    ["push", "--receive-pack=x"],
    ["init", "--template=x"],
    ["add", "-A"],
    ["add", "."],
    ["add", "-p"],
    ["commit", "-a"],
    ["commit"],
    ["log", "--output=x"],
    ["-c", "core.pager=x", "log"],
    ["config", "core.pager", "x"],
    ["difftool"],
    ["diff", "--ext-diff"],
    ["merge", "-s", "x", "y"],
    ["add", "a\0b"]
  ]
  for (const [action, ...args] of refused)
    it.scoped(`refuses ${JSON.stringify([action, ...args])}`, () =>
      Effect.gen(function* () {
        const world = yield* toolWorld({ shell })
        assert.strictEqual((yield* Effect.flip(world.prepare(git, { action, args }))).kind, "invalid")
      })
    )
})
