/** The tool that finds text in files. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { layerIn } from "../../../src/adapters/node/RipgrepSearch.ts"
import { grep } from "../../../src/domain/tools/grep.ts"
import { toolWorld } from "../../support/toolWorld.ts"

const search = layerIn(process.cwd())

const world = Effect.tap(toolWorld({ search }), (it) =>
  Effect.sync(() => {
    it.write("a.ts", "one\nneedle\nthree\nfour\nfive\nneedle six\n")
    it.write("src/b.ts", "Needle\n")
    it.write("src/c.md", "needle\n")
    it.write("odd\nname.ts", "needle\n")
  })
)

it.scoped("hits come as path, line and text", () =>
  Effect.gen(function* () {
    const { call, dir } = yield* world
    const output = (params: object) => Effect.map(call(grep, params), (it) => it.output)
    assert.strictEqual(
      yield* output({ pattern: "needle" }),
      'a.ts:2:needle\na.ts:6:needle six\n"odd\\nname.ts":1:needle\nsrc/c.md:1:needle'
    )
    assert.strictEqual(
      yield* output({ pattern: "needle", path: `${dir}/src`, "-i": true, glob: "*.ts" }),
      "src/b.ts:1:Needle"
    )
    assert.strictEqual(yield* output({ pattern: "needle", glob: `${dir}/src/*` }), "src/c.md:1:needle")
    assert.strictEqual(yield* output({ pattern: "nothing at all" }), "No matches found")
    assert.strictEqual(yield* output({ pattern: "three\\nfour", multiline: true }), "a.ts:3:three\na.ts:4:four")
  })
)

it.scoped("context is marked, and what lies between is left out visibly", () =>
  Effect.gen(function* () {
    const { call } = yield* world
    const output = (params: object) =>
      Effect.map(call(grep, { pattern: "needle", path: "a.ts", ...params }), (it) => it.output)
    assert.strictEqual(
      yield* output({ "-C": 1 }),
      "a.ts-1-one\na.ts:2:needle\na.ts-3-three\n--\na.ts-5-five\na.ts:6:needle six"
    )
    assert.strictEqual(yield* output({ "-A": 1 }), "a.ts:2:needle\na.ts-3-three\n--\na.ts:6:needle six")
    assert.strictEqual(yield* output({ "-B": 1 }), "a.ts-1-one\na.ts:2:needle\n--\na.ts-5-five\na.ts:6:needle six")
  })
)

it.scoped("files and counts may be asked for, and a limit", () =>
  Effect.gen(function* () {
    const { call } = yield* world
    const output = (params: object) =>
      Effect.map(call(grep, { pattern: "needle", glob: "*.{ts,md}", ...params }), (it) => it.output)
    assert.strictEqual(yield* output({ output_mode: "files_with_matches" }), 'a.ts\n"odd\\nname.ts"\nsrc/c.md')
    assert.strictEqual(yield* output({ output_mode: "count" }), 'a.ts:2\n"odd\\nname.ts":1\nsrc/c.md:1')
    const cut = "(truncated: there are more; narrow the search)"
    assert.strictEqual(yield* output({ head_limit: 1 }), `a.ts:2:needle\n${cut}`)
    assert.strictEqual(yield* output({ output_mode: "count", head_limit: 1 }), `a.ts:2\n${cut}`)
  })
)

it.scoped("the output is bounded whatever is found", () =>
  Effect.gen(function* () {
    const it = yield* world
    it.write("wide.txt", `${`${"x".repeat(400)} needle\n`.repeat(5000)}`)
    const { output } = yield* it.call(grep, { pattern: "needle", head_limit: 0 })
    assert.isBelow(output.length, 31_000)
    assert.include(output, "truncated")
  })
)

it.scoped("a bad pattern is an error that names it, and the footprint is the real path", () =>
  Effect.gen(function* () {
    const { call, dir, prepare } = yield* world
    const failure = yield* Effect.flip(call(grep, { pattern: "a(b" }))
    assert.strictEqual(failure.kind, "invalid")
    assert.include(failure.reason, "a(b")
    assert.deepStrictEqual((yield* prepare(grep, { pattern: "x", path: "src/.." })).footprint.read, [dir])
    assert.deepStrictEqual((yield* prepare(grep, { pattern: "x", path: "/etc" })).footprint.read, ["/etc"])
  })
)
