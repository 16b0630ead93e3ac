/** The tools that change one file: what they keep, what they refuse, what they tell. */
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as fc from "fast-check"
import * as HostTextCodec from "../../../src/adapters/shared/HostTextCodec.ts"
import { applyEdit } from "../../../src/domain/staging/replace.ts"
import { edit } from "../../../src/domain/tools/edit.ts"
import { multiedit } from "../../../src/domain/tools/multiedit.ts"
import { read } from "../../../src/domain/tools/read.ts"
import type { ToolFailure } from "../../../src/domain/tools/Tool.ts"
import { write } from "../../../src/domain/tools/write.ts"
import { toolWorld } from "../../support/toolWorld.ts"

const kind = <A>(call: Effect.Effect<A, ToolFailure>) =>
  Effect.match(call, { onFailure: (it) => it.kind, onSuccess: () => "ok" })
const strict = toolWorld({ run: { mustRead: true } })

describe("edit", () => {
  it.scoped("previews a diff, names what it touches, and shows the changed place with numbers", () =>
    Effect.gen(function* () {
      const world = yield* toolWorld()
      world.write("src/a.ts", "one\ntwo\nthree\nfour\nfive\nsix\n")
      const prepared = yield* world.prepare(edit, { file_path: "src/a.ts", old_string: "three", new_string: "3" })
      const real = path.join(world.dir, "src/a.ts")
      assert.deepStrictEqual(prepared.footprint, {
        read: [real],
        write: [real],
        exec: [],
        net: [],
        env: [],
        unknown: []
      })
      assert.include(
        prepared.preview,
        "--- a/src/a.ts\n+++ b/src/a.ts\n@@ -1,6 +1,6 @@\n one\n two\n-three\n+3\n four\n"
      )
      assert.strictEqual(world.text("src/a.ts"), "one\ntwo\nthree\nfour\nfive\nsix\n")
      const outcome = yield* world.run(prepared)
      assert.strictEqual(outcome.output, "Changed src/a.ts (+1 -1):\n1\tone\n2\ttwo\n3\t3\n4\tfour\n5\tfive")
      assert.strictEqual(world.text("src/a.ts"), "one\ntwo\n3\nfour\nfive\nsix\n")
    })
  )

  it.scoped("must have seen the file, and its own edits count as seen", () =>
    Effect.gen(function* () {
      const world = yield* strict
      world.write("f", "a\nb\n")
      const change = (old_string: string, new_string: string) =>
        world.call(edit, { file_path: "f", old_string, new_string })
      assert.strictEqual(yield* kind(change("a", "A")), "unread")
      yield* world.call(read, { file_path: "f" })
      yield* change("a", "A")
      yield* change("b", "B")
      assert.strictEqual(world.text("f"), "A\nB\n")
    })
  )

  it.scoped("refuses a file that somebody else changed, before or after it was approved", () =>
    Effect.gen(function* () {
      const world = yield* strict
      world.write("f", "a\nb\n")
      yield* world.call(read, { file_path: "f" })
      const prepared = yield* world.prepare(edit, { file_path: "f", old_string: "b", new_string: "B" })
      world.write("f", "theirs\nb\n")
      assert.strictEqual(yield* kind(world.run(prepared)), "stale")
      assert.strictEqual(yield* kind(world.call(edit, { file_path: "f", old_string: "b", new_string: "B" })), "stale")
      assert.strictEqual(world.text("f"), "theirs\nb\n")
    })
  )

  it.scoped("looks again when it runs, so that edits prepared together all land", () =>
    Effect.gen(function* () {
      const world = yield* strict
      world.write("f", "top\nmid\nlow\n")
      yield* world.call(read, { file_path: "f" })
      const first = yield* world.prepare(edit, { file_path: "f", old_string: "top", new_string: "TOP\nmore" })
      const second = yield* world.prepare(edit, { file_path: "f", old_string: "low", new_string: "LOW" })
      const third = yield* world.prepare(edit, { file_path: "f", old_string: "more", new_string: "most" })
      for (const it of [first, second, third]) yield* world.run(it)
      assert.strictEqual(world.text("f"), "TOP\nmost\nmid\nLOW\n")
    })
  )

  it.scoped("tells what a file holds only when it runs, never while it is prepared", () =>
    Effect.gen(function* () {
      const world = yield* toolWorld()
      world.write("key", "secret = 42\n")
      const prepared = yield* world.prepare(edit, { file_path: "key", old_string: "secret = 1", new_string: "x" })
      assert.strictEqual(yield* kind(world.run(prepared)), "not_found")
    })
  )

  it.scoped("refuses when a link leads elsewhere than it did when approved", () =>
    Effect.gen(function* () {
      const world = yield* toolWorld()
      world.write("a", "x\n")
      world.write("b", "x\n")
      fs.symlinkSync("a", path.join(world.dir, "link"))
      const prepared = yield* world.prepare(edit, { file_path: "link", old_string: "x", new_string: "y" })
      fs.unlinkSync(path.join(world.dir, "link"))
      fs.symlinkSync("b", path.join(world.dir, "link"))
      assert.strictEqual(yield* kind(world.run(prepared)), "stale")
      assert.deepStrictEqual([world.text("a"), world.text("b")], ["x\n", "x\n"])
    })
  )

  it.scoped("keeps a link, and changes the file that it leads to", () =>
    Effect.gen(function* () {
      const world = yield* toolWorld()
      world.write("a", "x\n")
      fs.symlinkSync("a", path.join(world.dir, "link"))
      yield* world.call(edit, { file_path: "link", old_string: "x", new_string: "y" })
      assert.strictEqual(world.text("a"), "y\n")
      assert.isTrue(fs.lstatSync(path.join(world.dir, "link")).isSymbolicLink())
    })
  )

  it.scoped.each<readonly [string, Buffer, Buffer]>([
    ["a UTF-8 mark", Buffer.from("\ufeffa\r\nb"), Buffer.from("\ufeffa\r\nB")],
    ["UTF-16LE", Buffer.from("\ufeffa\nb\n", "utf16le"), Buffer.from("\ufeffa\nB\n", "utf16le")],
    ["UTF-16BE", Buffer.from("\ufeffa\nb\n", "utf16le").swap16(), Buffer.from("\ufeffa\nB\n", "utf16le").swap16()],
    [
      "bytes that are no UTF-8",
      Buffer.from([0xe9, 0x0a, 0x62, 0x0a, 0x92]),
      Buffer.from([0xe9, 0x0a, 0x42, 0x0a, 0x92])
    ]
  ])("keeps %s", ([_name, before, after]) =>
    Effect.gen(function* () {
      const world = yield* toolWorld()
      world.write("f", before)
      yield* world.call(edit, { file_path: "f", old_string: "b", new_string: "B" })
      assert.deepStrictEqual(world.bytes("f"), after)
    })
  )

  it("changes no byte beside the place, whatever the bytes are", () => {
    const bytes = fc.uint8Array({ min: 1, maxLength: 40 })
    const marks = fc.constantFrom([], [0xef, 0xbb, 0xbf])
    fc.assert(
      fc.property(marks, bytes, bytes, (mark, before, after) => {
        const around = (word: string) => Buffer.concat([Buffer.from(mark), before, Buffer.from(word), after])
        const decoded = HostTextCodec.make.decode(around("<MARK>"))
        fc.pre(decoded !== undefined)
        const edited = applyEdit(decoded?.text, { oldText: "<MARK>", newText: "<DONE>", all: false })
        const text = Either.getOrElse(edited, (failure) => failure.kind)
        assert.deepStrictEqual(
          Buffer.from(HostTextCodec.make.encode(text, decoded?.encoding ?? "utf-8") ?? []),
          around("<DONE>")
        )
      })
    )
  })

  it.scoped("names each reason by a kind", () =>
    Effect.gen(function* () {
      const world = yield* toolWorld()
      world.write("f", "a\na\n")
      world.write("d/x", "")
      world.write("bin", Buffer.from([1, 0, 2]))
      world.write("latin", Buffer.from([0xe9, 0x61]))
      fs.symlinkSync("loop", path.join(world.dir, "loop"))
      const of = (file_path: string, old_string: string, new_string = "new") =>
        kind(world.call(edit, { file_path, old_string, new_string }))
      assert.deepStrictEqual(
        [
          yield* of("f", "zzz"),
          yield* of("f", "a"),
          yield* of("f", "a\na", "a\na"),
          yield* of("f", ""),
          yield* of("none", "a"),
          yield* of("d", "a"),
          yield* of("/dev/zero", "a"),
          yield* of("loop", "a"),
          yield* of("bin", "a"),
          yield* of("latin", "a", "€"),
          yield* of("", "a"),
          yield* of("none", "", "a\ud800"),
          yield* of("f/x", "a")
        ],
        [
          "not_found",
          "ambiguous",
          "no_change",
          "exists",
          "missing_file",
          "is_directory",
          "not_regular_file",
          "loop",
          "binary",
          "encoding",
          "invalid",
          "encoding",
          "missing_file"
        ]
      )
    })
  )
})

describe("write", () => {
  it.scoped("creates a file with its folders, and needs no earlier read for that", () =>
    Effect.gen(function* () {
      const world = yield* strict
      const outcome = yield* world.call(write, { file_path: "x/y/z.txt", content: "hi" })
      assert.strictEqual(outcome.output, "Created x/y/z.txt (1 lines).")
      assert.strictEqual(world.text("x/y/z.txt"), "hi")
      yield* world.call(edit, { file_path: "x/y/z.txt", old_string: "hi", new_string: "ho" })
    })
  )

  it.scoped("replaces only a file that was seen and not changed since, and keeps its mode and mark", () =>
    Effect.gen(function* () {
      const world = yield* strict
      world.write("f", "\ufeffold\n")
      fs.chmodSync(path.join(world.dir, "f"), 0o750)
      const call = world.call(write, { file_path: "f", content: "\ufeffnew\n" })
      assert.strictEqual(yield* kind(call), "unread")
      yield* world.call(read, { file_path: "f" })
      yield* call
      assert.strictEqual(world.text("f"), "\ufeffnew\n")
      assert.strictEqual(fs.statSync(path.join(world.dir, "f")).mode & 0o777, 0o750)
      world.write("f", "theirs\n")
      assert.strictEqual(yield* kind(call), "stale")
    })
  )

  it.scoped("leaves a directory, a device and a broken character alone", () =>
    Effect.gen(function* () {
      const world = yield* toolWorld()
      world.write("d/x", "")
      const of = (file_path: string, content = "x") => kind(world.call(write, { file_path, content }))
      assert.deepStrictEqual(
        [yield* of("d"), yield* of("new/"), yield* of("/dev/null"), yield* of("n", "\udc00"), yield* of("d/x/y")],
        ["is_directory", "is_directory", "not_regular_file", "encoding", "not_directory"]
      )
    })
  )
})

describe("multiedit", () => {
  it.scoped("makes all edits or none", () =>
    Effect.gen(function* () {
      const world = yield* toolWorld()
      world.write("f", "a\nb\n")
      const edits = [
        { old_string: "a", new_string: "A" },
        { old_string: "A\nb", new_string: "A\nB" }
      ]
      const more = [...edits, { old_string: "zzz", new_string: "y" }]
      assert.strictEqual(yield* kind(world.call(multiedit, { file_path: "f", edits: more })), "not_found")
      assert.strictEqual(world.text("f"), "a\nb\n")
      yield* world.call(multiedit, { file_path: "f", edits })
      assert.strictEqual(world.text("f"), "A\nB\n")
      assert.strictEqual(yield* kind(world.call(multiedit, { file_path: "f", edits: [] })), "invalid")
    })
  )
})
