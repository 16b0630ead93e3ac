/** The patch tool: several files, all or nothing. */
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as NodeWorkspace from "../../../src/adapters/node/NodeWorkspace.ts"
import { patch } from "../../../src/domain/tools/patch.ts"
import { read } from "../../../src/domain/tools/read.ts"
import type { ToolFailure } from "../../../src/domain/tools/Tool.ts"
import { FileError, Workspace } from "../../../src/ports/Workspace.ts"
import { type ToolWorld, toolWorld } from "../../support/toolWorld.ts"

const wrap = (...lines: ReadonlyArray<string>) => ({ patch: ["*** Begin Patch", ...lines, "*** End Patch"].join("\n") })
const kind = <A>(call: Effect.Effect<A, ToolFailure>) =>
  Effect.match(call, { onFailure: (it) => it.kind, onSuccess: () => "ok" })

const tree = (dir: string, under = ""): Record<string, string> =>
  Object.assign(
    {},
    ...fs.readdirSync(path.join(dir, under), { withFileTypes: true }).map((entry) => {
      const name = path.join(under, entry.name)
      if (entry.isDirectory()) return tree(dir, name)
      return {
        [name]: entry.isSymbolicLink()
          ? fs.readlinkSync(path.join(dir, name))
          : fs.readFileSync(path.join(dir, name), "utf8")
      }
    })
  )

const filled = (files: Readonly<Record<string, string>>, world: ToolWorld) => {
  for (const [name, text] of Object.entries(files)) world.write(name, text)
}

describe("patch", () => {
  it.scoped("adds, changes, deletes and moves, and tells it", () =>
    Effect.gen(function* () {
      const world = yield* toolWorld()
      filled({ a: "1\n2\n", b: "x\n", c: "y\n" }, world)
      fs.chmodSync(path.join(world.dir, "c"), 0o755)
      const input = wrap(
        "*** Add File: new/n",
        "+hi",
        "*** Update File: a",
        "@@",
        "-2",
        "+two",
        "*** Delete File: b",
        "*** Update File: c",
        "*** Move to: d/c",
        "@@",
        "-y",
        "+Y"
      )
      const prepared = yield* world.prepare(patch, input)
      const at = (name: string) => path.join(world.dir, name)
      assert.deepStrictEqual(prepared.footprint.write, ["new/n", "a", "b", "c", "d/c"].map(at))
      assert.deepStrictEqual(prepared.footprint.read, ["a", "c"].map(at))
      assert.strictEqual(
        prepared.preview,
        "--- /dev/null\n+++ b/new/n\n@@ -0,0 +1 @@\n+hi\n" +
          "--- a/a\n+++ b/a\n@@ -1,2 +1,2 @@\n 1\n-2\n+two\n" +
          "--- a/b\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n" +
          "rename from c\nrename to d/c\n--- a/c\n+++ b/d/c\n@@ -1 +1 @@\n-y\n+Y\n"
      )
      const outcome = yield* world.run(prepared)
      assert.strictEqual(
        outcome.output,
        "Created new/n (1 lines)\nChanged a (+1 -1):\n1\t1\n2\ttwo\nDeleted b\nMoved c to d/c (+1 -1)"
      )
      assert.deepStrictEqual(tree(world.dir), { a: "1\ntwo\n", "new/n": "hi\n", "d/c": "Y\n" })
      assert.strictEqual(fs.statSync(at("d/c")).mode & 0o777, 0o755)
      assert.deepStrictEqual(outcome.seen?.map((it) => it.path).sort(), ["a", "d/c", "new/n"].map(at))
    })
  )

  it.scoped.each<readonly [string, ReadonlyArray<string>, string]>([
    ["a file that is missing", ["*** Add File: n", "+x", "*** Update File: none", "@@", "-o", "+p"], "missing_file"],
    ["a deletion of nothing", ["*** Delete File: none"], "missing_file"],
    ["a deletion twice", ["*** Delete File: a", "*** Delete File: a"], "missing_file"],
    ["a directory", ["*** Delete File: d"], "is_directory"],
    ["a place that is not there", ["*** Add File: n", "+x", "*** Update File: a", "@@", "-z", "+y"], "not_found"],
    ["a path that leads out", ["*** Add File: n", "+x", "*** Add File: ../out", "+x"], "escape"],
    ["an absolute path outside", ["*** Add File: /tmp/code-mesh-never", "+x"], "escape"],
    ["nothing to do", ["*** Update File: a", "@@", " 1"], "no_change"],
    ["half a character", ["*** Add File: n", "+\ud800"], "encoding"],
    ["no hunks", ["*** Update File: a"], "invalid"]
  ])("refuses %s, and then changes nothing", ([_name, lines, expected]) =>
    Effect.gen(function* () {
      const world = yield* toolWorld()
      const files = { a: "1\n2\n", "d/x": "x\n" }
      filled(files, world)
      assert.strictEqual(yield* kind(world.call(patch, wrap(...lines))), expected)
      assert.deepStrictEqual(tree(world.dir), files)
    })
  )

  it.scoped.each<readonly [string, ReadonlyArray<string>, Readonly<Record<string, string>>]>([
    [
      "several operations on one file, each on what the one before left",
      ["*** Update File: a", "@@", "-1", "+one", "*** Update File: a", "@@", "-one", "+uno"],
      { a: "uno\n2\n" }
    ],
    [
      "a file that it adds itself",
      ["*** Add File: n", "+x", "*** Update File: n", "@@", "-x", "+y"],
      { a: "1\n2\n", n: "y\n" }
    ],
    ["a file deleted and added again", ["*** Delete File: a", "*** Add File: a", "+new"], { a: "new\n" }],
    ["a move onto itself", ["*** Update File: a", "*** Move to: ./a", "@@", "-1", "+one"], { a: "one\n2\n" }],
    ["a move without a change", ["*** Update File: a", "*** Move to: b"], { b: "1\n2\n" }],
    [
      "a move and then a new file in its place",
      ["*** Update File: a", "*** Move to: b", "*** Add File: a", "+new"],
      { a: "new\n", b: "1\n2\n" }
    ],
    [
      "two moves of one file",
      ["*** Update File: a", "*** Move to: b", "*** Update File: b", "*** Move to: c"],
      { c: "1\n2\n" }
    ],
    ["a folder in a file's place", ["*** Delete File: a", "*** Add File: a/b", "+x"], { "a/b": "x\n" }],
    ["an absolute path inside", ["*** Update File: ROOT/a", "@@", "-1", "+one"], { a: "one\n2\n" }],
    ["an empty file", ["*** Add File: e"], { a: "1\n2\n", e: "" }]
  ])("takes %s", ([_name, lines, files]) =>
    Effect.gen(function* () {
      const world = yield* toolWorld()
      filled({ a: "1\n2\n" }, world)
      yield* world.call(patch, wrap(...lines.map((line) => line.replace("ROOT", world.dir))))
      assert.deepStrictEqual(tree(world.dir), files)
    })
  )

  it.scoped("moves a link's content and takes the link away, not what it led to", () =>
    Effect.gen(function* () {
      const world = yield* toolWorld()
      world.write("a", "x\n")
      fs.symlinkSync("a", path.join(world.dir, "l"))
      fs.symlinkSync("a", path.join(world.dir, "m"))
      yield* world.call(patch, wrap("*** Update File: l", "*** Move to: b", "*** Delete File: m"))
      assert.deepStrictEqual(tree(world.dir), { a: "x\n", b: "x\n" })
    })
  )

  it.scoped("overwrites, changes and moves onto only what was seen as it is", () =>
    Effect.gen(function* () {
      const world = yield* toolWorld({ run: { mustRead: true } })
      filled({ a: "1\n", b: "2\n" }, world)
      const add = world.call(patch, wrap("*** Add File: a", "+new"))
      const change = world.call(patch, wrap("*** Update File: a", "@@", "-1", "+one"))
      const move = world.call(patch, wrap("*** Update File: b", "*** Move to: a"))
      assert.deepStrictEqual([yield* kind(add), yield* kind(change), yield* kind(move)], ["unread", "unread", "unread"])
      yield* world.call(read, { file_path: "a" })
      yield* change
      yield* add
      yield* move
      assert.deepStrictEqual(tree(world.dir), { a: "2\n" })
      world.write("a", "theirs\n")
      assert.strictEqual(yield* kind(world.call(patch, wrap("*** Delete File: a"))), "stale")
    })
  )

  it.scoped("puts everything back when a write fails midway", () =>
    Effect.gen(function* () {
      const world = yield* toolWorld()
      const files = { a: "1\n", b: "2\n", c: "3\n", gone: "4\n" }
      filled(files, world)
      const real = yield* Effect.orDie(NodeWorkspace.make(world.dir))
      const full = Layer.succeed(Workspace, {
        ...real,
        write: (name, bytes, mode) =>
          name.endsWith("/c") && Buffer.from(bytes).toString() !== "3\n"
            ? Effect.fail(new FileError({ kind: "no_space", path: name, reason: "no space is left" }))
            : real.write(name, bytes, mode)
      })
      const lines = ["a", "new", "c", "b"].flatMap((name) =>
        name === "new"
          ? ["*** Add File: new", "+x"]
          : [`*** Update File: ${name}`, "@@", `-${files[name as "a"][0]}`, "+x"]
      )
      const prepared = yield* world.prepare(patch, wrap("*** Delete File: gone", ...lines))
      const failure = yield* Effect.flip(prepared.run).pipe(Effect.provide(Layer.merge(world.layer, full)))
      assert.strictEqual(failure.kind, "no_space")
      assert.include(failure.reason, "Nothing of the patch was applied")
      assert.deepStrictEqual(tree(world.dir), files)
    })
  )
})
