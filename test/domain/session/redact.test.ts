/** What is recorded and shown holds no known secret, whole or in pieces, and nothing else is changed. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as MemoryEventStore from "../../../src/adapters/memory/MemoryEventStore.ts"
import * as WebDigest from "../../../src/adapters/shared/WebDigest.ts"
import type { Fact } from "../../../src/domain/model/Event.ts"
import { SessionId } from "../../../src/domain/model/Ids.ts"
import { hiding, hidingPieces, withoutSecrets } from "../../../src/domain/session/redact.ts"
import { Session } from "../../../src/domain/session/Session.ts"
import { EventStore } from "../../../src/ports/EventStore.ts"
import { type KnownSecret, Secrets } from "../../../src/ports/Secrets.ts"

const secret = (name: string, value: string): KnownSecret => ({ name, value: Redacted.make(value) })
const key = "sk-canary-0123456789"
const known = [secret("A_KEY", key), secret("LONGER", `${key}-and-more`), secret("short", "abc")]

describe("hiding", () => {
  it("names what it takes out, the longer of two first, and leaves words alone", () => {
    const hide = hiding(known)
    assert.strictEqual(
      hide(`x ${key} y ${key}-and-more abc $& ${key}`),
      "x [redacted: A_KEY] y [redacted: LONGER] abc $& [redacted: A_KEY]"
    )
    assert.strictEqual(hiding([])(key), key)
  })

  it("takes secrets out of all texts of a fact, and leaves a fact without any as it is", () => {
    const hide = hiding(known)
    const fact = {
      type: "tool.called",
      turn: 1,
      call: key,
      name: "bash",
      input: { command: `echo ${key}`, list: [1, null, [key]], [key]: true }
    }
    assert.deepStrictEqual(withoutSecrets(fact, hide), {
      type: "tool.called",
      turn: 1,
      call: key,
      name: "bash",
      input: { command: "echo [redacted: A_KEY]", list: [1, null, ["[redacted: A_KEY]"]], "[redacted: A_KEY]": true }
    } as unknown as typeof fact)
    const clean = { type: "part.text", text: "nothing", parts: [{ a: [1, "b"] }] }
    assert.strictEqual(withoutSecrets(clean, hide), clean)
  })
})

describe("hidingPieces", () => {
  it("shows no secret wherever a text is cut, and all of the rest", () => {
    const around = FastCheck.array(FastCheck.constantFrom(key, "sk-", "sk-c", "plain ", "anary", "-0123"), {
      maxLength: 8
    })
    FastCheck.assert(
      FastCheck.property(
        around,
        FastCheck.array(FastCheck.integer({ min: 1, max: 7 }), { minLength: 1 }),
        (words, cuts) => {
          const text = `${words.join("")}.`
          const show = hidingPieces()
          let shown = ""
          let at = 0
          for (let turn = 0; at < text.length; turn++) {
            const piece = text.slice(at, at + (cuts[turn % cuts.length] ?? 1))
            shown += show([secret("A_KEY", key)], "one", piece)
            // Another stream in between is another text.
            show([secret("A_KEY", key)], "two", "sk-c")
            at += piece.length
          }
          assert.strictEqual(shown, hiding([secret("A_KEY", key)])(text))
        }
      )
    )
  })
})

describe("a session", () => {
  const world = Session.layer.pipe(
    Layer.provideMerge(Layer.mergeAll(MemoryEventStore.layer, WebDigest.layer)),
    Layer.provide(Layer.succeed(Secrets, { known: Effect.succeed(known) }))
  )
  const id = SessionId.make("ses_0198f0a0b0c07000800000000000000a")

  it.scoped("records no secret, whoever brings it, and tells none", () =>
    Effect.gen(function* () {
      const facts: ReadonlyArray<Fact> = [
        { type: "session.created", root: "/p", model: "a/b", mode: "build", apply: "stage", program: "0" }
      ]
      const handle = yield* (yield* Session).create(id, facts)
      yield* handle.submit({ type: "Prompt", parts: [{ type: "text", text: `my key is ${key}` }] })
      yield* handle.record([{ type: "part.text", turn: 1, text: `so ${key} it is` }])
      const news = yield* handle.subscribe
      yield* handle.progress(
        { type: "progress.text", session: id, turn: 1, text: `live ${key.slice(0, 9)}` },
        { type: "progress.text", session: id, turn: 1, text: `${key.slice(9)}.` },
        { type: "progress.call", session: id, turn: 1, name: "bash", chars: 3 },
        { type: "progress.output", session: id, turn: 1, call: "c1", text: `${key}\n` }
      )
      const told = yield* Stream.runCollect(Stream.take(news, 4))
      assert.notInclude(JSON.stringify([...told]), "canary-01")
      assert.include(JSON.stringify([...told]), "[redacted: A_KEY].")
      const stored = yield* Stream.runCollect((yield* EventStore).read(id))
      assert.notInclude(JSON.stringify([...stored]), key)
      assert.strictEqual(JSON.stringify([...stored]).split("[redacted: A_KEY]").length, 4)
    }).pipe(Effect.provide(world))
  )
})
