/** A log that cannot be written for a while: the person is told, the session goes on, and what is in the log replays. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import { make as makeStore } from "../../../src/adapters/memory/MemoryEventStore.ts"
import { CodeMesh } from "../../../src/domain/CodeMesh.ts"
import { EventStore, StoreFailed } from "../../../src/ports/EventStore.ts"
import { eventsOf, meshWorld, root, textPart, types } from "../../support/mesh.ts"

const model = {
  turns: [
    { text: "Looking.", calls: [{ name: "read", input: { file_path: "a.txt" } }] },
    { calls: [{ name: "edit", input: { file_path: "a.txt", old_string: "one", new_string: "two" } }] },
    ...Array.from({ length: 8 }, () => ({ text: "Done." }))
  ]
}

/** A world whose log fails `times` times from its nth word on. */
const world = (nth: number, times: number) => {
  let appends = 0
  const store = Layer.effect(
    EventStore,
    Effect.map(makeStore, (store) => ({
      ...store,
      append: (...args: Parameters<typeof store.append>) =>
        Effect.suspend(() => {
          appends += 1
          return appends >= nth && appends < nth + times
            ? Effect.fail(new StoreFailed({ kind: "full", reason: "there is no room", remedy: "Make room." }))
            : store.append(...args)
        })
    }))
  )
  const { layer } = meshWorld({ files: { "a.txt": "one\n" }, model, instead: store as never })
  return { layer, over: () => appends >= nth }
}

const prompted = (session: Parameters<typeof eventsOf>[0]) =>
  Effect.gen(function* () {
    const mesh = yield* CodeMesh
    yield* mesh.submit(session, { type: "Prompt", parts: [textPart("go")] })
    return yield* mesh.rest(session)
  })

/** Prompts until the log has failed and a prompt comes to its end again; answers whether each failure was seen. */
const played = Effect.gen(function* () {
  const mesh = yield* CodeMesh
  const session = yield* mesh.start({ root, model: "scripted/test" })
  const seen: Array<string> = []
  for (let tries = 0; tries < 6 && seen.at(-1) !== "done"; tries++) {
    const end = yield* Effect.either(prompted(session))
    if (Either.isLeft(end)) seen.push(end.left._tag)
    else if (end.right._tag === "Some") seen.push(end.right.value.error?.name ?? end.right.value.status)
  }
  const events = yield* eventsOf(session)
  return { seen, events, hash: yield* mesh.replay(events) }
})

describe("a log that fails", () => {
  for (const times of [1, 3])
    it.effect(`${times} times in a row is told, ends the turn, and the session goes on and replays`, () =>
      Effect.gen(function* () {
        // The first word begins the session.
        for (let nth = 2; nth < 30; nth++) {
          const { layer, over } = world(nth, times)
          const { events, hash, seen } = yield* Effect.provide(played, layer)
          const where = `${nth}: ${seen.join(", ")}: ${types(events).join(" ")}`
          if (!over()) return assert.isAbove(nth, 10)
          assert.strictEqual(seen.at(-1), "done", where)
          assert.include(seen, "StoreFailed", where)
          assert.strictEqual(events.at(-1)?.type, "turn.finished", where)
          assert.strictEqual(hash, events.at(-1)?.hash, where)
        }
      })
    )
})
