/** A tree without files answers as an empty folder does. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { emptyTree } from "../../../src/domain/agent/emptyTree.ts"

const tree = emptyTree("/home/dev/proj", "/home/dev")
const placed = (path: string) => Effect.map(tree.locate(path), ({ inside, real }) => `${inside ? "in" : "out"} ${real}`)

it.effect("paths are resolved by their spelling", () =>
  Effect.gen(function* () {
    assert.strictEqual(yield* placed("src/../a.txt"), "in /home/dev/proj/a.txt")
    assert.strictEqual(yield* placed("../proj-evil/a"), "out /home/dev/proj-evil/a")
    assert.strictEqual(yield* placed("//home/dev/proj/../../etc/passwd"), "out /home/etc/passwd")
    assert.strictEqual(yield* placed("~/.bashrc"), "out /home/dev/.bashrc")
    assert.strictEqual(yield* placed("~"), "out /home/dev")
    assert.strictEqual(yield* placed("."), "in /home/dev/proj")
  })
)

it.effect("every file is missing", () =>
  Effect.gen(function* () {
    assert.strictEqual((yield* Effect.flip(tree.read("a"))).kind, "missing")
    assert.strictEqual((yield* Effect.flip(tree.write("a", new Uint8Array()))).kind, "missing")
  })
)
