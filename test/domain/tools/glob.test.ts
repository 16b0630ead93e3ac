/** The tool that finds files by their paths. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "effect/FastCheck"
import { layerIn } from "../../../src/adapters/node/RipgrepSearch.ts"
import { globStart, shownName } from "../../../src/domain/tools/found.ts"
import { glob, pathList } from "../../../src/domain/tools/glob.ts"
import { toolWorld } from "../../support/toolWorld.ts"

const search = layerIn(process.cwd())

it.scoped("patterns are relative to the path, absolute ones under the root to the root", () =>
  Effect.gen(function* () {
    const world = yield* toolWorld({ search })
    for (const name of ["a.ts", "src/b.ts", "src/x/c.ts", "dist/d.ts"]) world.write(name, "")
    world.write(".gitignore", "dist\n")
    const call = (params: object) => Effect.map(world.call(glob, params), (it) => it.output)
    assert.strictEqual(yield* call({ pattern: "**/*.ts" }), "a.ts\nsrc/b.ts\nsrc/x/c.ts")
    assert.strictEqual(yield* call({ pattern: "*.ts", path: "src" }), "src/b.ts")
    assert.strictEqual(yield* call({ pattern: `${world.dir}/src/*.ts`, path: "src/x" }), "src/b.ts")
    assert.strictEqual(yield* call({ pattern: "../*.ts", path: "src" }), "a.ts")
    assert.strictEqual(yield* call({ pattern: `${world.dir}/dist/*.ts` }), "No files found")
    assert.strictEqual(yield* call({ pattern: "*.none" }), "No files found")
  })
)

it.scoped("the footprint is where the search starts, also outside", () =>
  Effect.gen(function* () {
    const world = yield* toolWorld({ search })
    world.write("src/b.ts", "")
    const read = (params: object) => Effect.map(world.prepare(glob, params), (it) => it.footprint.read)
    assert.deepStrictEqual(yield* read({ pattern: "*.ts", path: "src" }), [`${world.dir}/src`])
    assert.deepStrictEqual(yield* read({ pattern: "/etc/*.conf" }), ["/etc"])
    assert.deepStrictEqual(yield* read({ pattern: "/etc/passwd" }), ["/etc"])
    assert.deepStrictEqual(yield* read({ pattern: "src/../../*" }), [world.dir.slice(0, world.dir.lastIndexOf("/"))])
  })
)

it.scoped("a bad pattern and a missing path are errors that say so", () =>
  Effect.gen(function* () {
    const world = yield* toolWorld({ search })
    assert.strictEqual((yield* Effect.flip(world.call(glob, { pattern: "" }))).kind, "invalid")
    assert.strictEqual((yield* Effect.flip(world.call(glob, { pattern: "*", path: "no" }))).kind, "missing_file")
  })
)

it("a long list is cut and the rest counted; a name is always one line", () => {
  const lines = pathList(Array.from({ length: 301 }, (_, at) => `f${at}`)).split("\n")
  assert.deepStrictEqual([lines.length, lines.at(-1)], [301, "(truncated: 1 more files; narrow the pattern)"])
  fc.assert(fc.property(fc.fullUnicodeString(), (name) => !/[\n\r]/.test(shownName(name))))
  fc.assert(
    fc.property(fc.string(), (name) => {
      const shown = shownName(name)
      return shown === name || JSON.parse(shown) === name
    })
  )
})

it("where a pattern starts is told from its fixed parts", () => {
  assert.deepStrictEqual(globStart("/p/a/*.ts", "/p"), { pattern: "a/*.ts" })
  assert.deepStrictEqual(globStart("/pp/a/*.ts", "/p"), { path: "/pp/a", pattern: "*.ts" })
  assert.deepStrictEqual(globStart("/*", "/p"), { path: "/", pattern: "*" })
  assert.deepStrictEqual(globStart("~/x/**/y", "/p"), { path: "~/x", pattern: "**/y" })
  assert.deepStrictEqual(globStart("/p/../q/*", "/p"), { path: "/p/../q", pattern: "*" })
  assert.deepStrictEqual(globStart("*", "/p", "s"), { path: "s", pattern: "*" })
})
