/** The read tool: what is shown, how it is bounded, what is refused. */
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { read } from "../../../src/domain/tools/read.ts"
import { toolWorld } from "../../support/toolWorld.ts"

const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
  "base64"
)

const world = (files: Readonly<Record<string, string | Uint8Array>> = {}) =>
  Effect.tap(toolWorld(), (it) =>
    Effect.sync(() => {
      for (const [name, content] of Object.entries(files)) it.write(name, content)
    })
  )

describe("read", () => {
  it.scoped("shows lines with numbers, without marks and carriage returns, and remembers the bytes' hash", () =>
    Effect.gen(function* () {
      const it = yield* world({ f: "\ufeffa\r\n\r\n  b" })
      const outcome = yield* it.call(read, { file_path: "f" })
      assert.strictEqual(outcome.output, "1\ta\n2\t\n3\t  b")
      assert.match(it.seen.get(path.join(it.dir, "f")) ?? "", /^[0-9a-f]{64}$/)
    })
  )

  it.scoped("shows a range, says how many lines there are, and where to go on", () =>
    Effect.gen(function* () {
      const it = yield* world({ f: Array.from({ length: 2500 }, (_, i) => `line ${i + 1}\n`).join("") })
      const of = (range: object) => Effect.map(it.call(read, { file_path: "f", ...range }), (done) => done.output)
      assert.strictEqual(
        yield* of({ offset: 9, limit: 2 }),
        " 9\tline 9\n10\tline 10\n(Lines 9-10 of 2500. Go on with offset=11.)"
      )
      assert.strictEqual(yield* of({ offset: 2500 }), "2500\tline 2500\n(Lines 2500-2500 of 2500.)")
      assert.isTrue((yield* of({})).endsWith("2000\tline 2000\n(Lines 1-2000 of 2500. Go on with offset=2001.)"))
      const failure = yield* Effect.flip(of({ offset: 2501 }))
      assert.deepStrictEqual([failure.kind, failure.reason.includes("2500 lines")], ["invalid", true])
    })
  )

  it.scoped("is bounded in every direction", () =>
    Effect.gen(function* () {
      const it = yield* world({ wide: "x".repeat(100_000), long: `${"y".repeat(1000)}\n`.repeat(500) })
      const wide = yield* it.call(read, { file_path: "wide" })
      assert.strictEqual(wide.output, `1\t${"x".repeat(2000)}… (98000 more characters)`)
      const long = yield* it.call(read, { file_path: "long" })
      assert.isBelow(long.output.length, 40_000)
      assert.match(long.output, /\(Lines 1-35 of 500\. Go on with offset=36\.\)$/)
    })
  )

  it.scoped("says that a file is empty", () =>
    Effect.gen(function* () {
      const it = yield* world({ f: "" })
      assert.strictEqual((yield* it.call(read, { file_path: "f" })).output, "(The file is empty.)")
    })
  )

  it.scoped("names the encoding where it is not UTF-8", () =>
    Effect.gen(function* () {
      const it = yield* world({ latin: Buffer.from([0x63, 0xe9, 0x0a]), wide: Buffer.from("\ufeffé\n", "utf16le") })
      const latin = yield* it.call(read, { file_path: "latin" })
      assert.match(latin.output, /not valid UTF-8.*\n1\tcé$/)
      const wide = yield* it.call(read, { file_path: "wide" })
      assert.match(wide.output, /UTF-16LE.*\n1\té$/)
    })
  )

  it.scoped("shows an image as an image, whatever its name", () =>
    Effect.gen(function* () {
      const it = yield* world({ "pixel.txt": png })
      const outcome = yield* it.call(read, { file_path: "pixel.txt" })
      assert.deepStrictEqual(outcome.images, [{ type: "image", mime: "image/png", data: png.toString("base64") }])
    })
  )

  it.scoped("tells a WebP image from another RIFF file", () =>
    Effect.gen(function* () {
      const riff = (kind: string) => Buffer.from(`RIFF\u0001\u0000\u0000\u0000${kind} `)
      const it = yield* world({ picture: riff("WEBP"), sound: riff("WAVE") })
      const outcome = yield* it.call(read, { file_path: "picture" })
      assert.strictEqual(outcome.images?.[0]?.mime, "image/webp")
      const failure = yield* Effect.flip(it.call(read, { file_path: "sound" }))
      assert.strictEqual(failure.kind, "binary")
    })
  )

  it.scoped("shows a notebook's cells and outputs, and its JSON where a part is asked for", () =>
    Effect.gen(function* () {
      const cells = [
        { cell_type: "markdown", source: ["# Title\n", "text"] },
        {
          cell_type: "code",
          source: "1 + 1",
          outputs: [
            { output_type: "execute_result", data: { "text/plain": ["2"] } },
            { output_type: "stream", text: "printed\n" },
            { output_type: "error", ename: "ValueError", evalue: "no" },
            { output_type: "error", ename: "KeyError" },
            { output_type: "unknown" },
            { output_type: "stream", text: "z".repeat(2001) },
            { output_type: "display_data", data: { "image/png": "abc" } }
          ]
        }
      ]
      const it = yield* world({ "n.ipynb": JSON.stringify({ cells, nbformat: 4 }), "bad.ipynb": "{" })
      const outcome = yield* it.call(read, { file_path: "n.ipynb" })
      assert.strictEqual(
        outcome.output,
        "n.ipynb is a Jupyter notebook with 2 cells; with an offset its JSON is shown, which edits work on.\n\n" +
          "[cell 1: markdown]\n# Title\ntext\n\n[cell 2: code]\n1 + 1\n[output]\n2\n[output]\nprinted\n\n" +
          `[output]\nValueError: no\n[output]\nKeyError: \n[output]\n(unknown)\n[output]\n${"z".repeat(2000)}… (1 more characters)\n` +
          "[output]\n(image/png)"
      )
      assert.include((yield* it.call(read, { file_path: "n.ipynb", offset: 1 })).output, '1\t{"cells"')
      assert.strictEqual((yield* it.call(read, { file_path: "bad.ipynb" })).output, "1\t{")
    })
  )

  it.scoped("names a missing file's like, and each reason by a kind", () =>
    Effect.gen(function* () {
      const it = yield* world({
        "src/Main.ts": "x\n",
        "doc.pdf": "%PDF-1.7 text",
        bin: Buffer.from([1, 0, 2]),
        "big.png": Buffer.concat([png, Buffer.alloc(6 * 1024 * 1024)])
      })
      fs.symlinkSync("loop", path.join(it.dir, "loop"))
      spawnSync("mkfifo", [path.join(it.dir, "pipe")])
      fs.writeFileSync(path.join(it.dir, "huge"), "")
      fs.truncateSync(path.join(it.dir, "huge"), 200 * 1024 * 1024)
      const of = (file_path: string, range: object = {}) =>
        Effect.map(Effect.flip(it.call(read, { file_path, ...range })), (failure) => failure.kind)
      const missing = yield* Effect.flip(it.call(read, { file_path: "src/main.js" }))
      assert.deepStrictEqual([missing.kind, missing.reason.includes("src/Main.ts")], ["missing_file", true])
      assert.deepStrictEqual(
        [
          yield* of("src"),
          yield* of("pipe"),
          yield* of("/dev/zero"),
          yield* of("loop"),
          yield* of("doc.pdf"),
          yield* of("bin"),
          yield* of("big.png"),
          yield* of("huge"),
          yield* of("huge", { offset: 1, limit: 1 }),
          yield* of("nul\0byte"),
          yield* of("src", { limit: -1 })
        ],
        [
          "is_directory",
          "not_regular_file",
          "not_regular_file",
          "loop",
          "binary",
          "binary",
          "too_large",
          "too_large",
          "too_large",
          "io",
          "invalid"
        ]
      )
    })
  )
})
