/** The tool that lists a directory. */
import { symlinkSync } from "node:fs"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { listing, ls } from "../../../src/domain/tools/ls.ts"
import { toolWorld } from "../../support/toolWorld.ts"

it.scoped("a directory's entries come sorted, with folders and links marked and `.git` left out", () =>
  Effect.gen(function* () {
    const world = yield* toolWorld()
    world.write("b/x", "")
    world.write(".env", "")
    world.write("a\nb", "")
    world.write(".git/config", "")
    symlinkSync("b", join(world.dir, "link"))
    assert.strictEqual((yield* world.call(ls, {})).output, '.env\n"a\\nb"\nb/\nlink@')
    assert.strictEqual((yield* world.call(ls, { path: "b" })).output, "x")
    assert.strictEqual((yield* world.call(ls, { path: world.dir })).output, '.env\n"a\\nb"\nb/\nlink@')
  })
)

it.scoped("the footprint is the real path, through links", () =>
  Effect.gen(function* () {
    const world = yield* toolWorld()
    world.write("b/x", "")
    symlinkSync("/etc", join(world.dir, "out"))
    symlinkSync("b", join(world.dir, "in"))
    assert.deepStrictEqual((yield* world.prepare(ls, { path: "out" })).footprint.read, ["/etc"])
    assert.deepStrictEqual((yield* world.prepare(ls, { path: "in/../b" })).footprint.read, [`${world.dir}/b`])
    assert.deepStrictEqual((yield* world.prepare(ls, {})).footprint.read, [world.dir])
  })
)

it.scoped("a path that is missing or a file is an error that says so", () =>
  Effect.gen(function* () {
    const world = yield* toolWorld()
    world.write("f", "")
    assert.strictEqual((yield* Effect.flip(world.call(ls, { path: "no" }))).kind, "missing_file")
    assert.strictEqual((yield* Effect.flip(world.call(ls, { path: "f" }))).kind, "not_directory")
  })
)

it("a long directory is cut and the rest counted", () => {
  const entries = Array.from({ length: 700 }, (_, at) => ({ name: `f${at}`, kind: "file" as const }))
  const lines = listing(entries).split("\n")
  assert.deepStrictEqual([lines.length, lines.at(-1)], [501, "(truncated: 200 more entries)"])
  assert.strictEqual(listing([]), "(empty)")
})
