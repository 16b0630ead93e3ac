/** The hash chain: what it sees, what it does not, and where a changed log is found out. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "effect/FastCheck"
import * as Schema from "effect/Schema"
import * as NodeDigest from "../../../src/adapters/node/NodeDigest.ts"
import * as WebDigest from "../../../src/adapters/shared/WebDigest.ts"
import { type Event, Event as EventSchema, type Fact } from "../../../src/domain/model/Event.ts"
import { hashed, verify } from "../../../src/domain/session/chain.ts"
import { stamp } from "../../../src/domain/session/Session.ts"
import { initial } from "../../../src/domain/session/State.ts"
import { eventOf, sessionId } from "../../support/events.ts"
import { facts, runs, someSession } from "../../support/logs.ts"

const at = "2026-01-01T00:00:00.000Z"
const chained = (list: ReadonlyArray<Fact>): Promise<ReadonlyArray<Event>> =>
  Effect.runPromise(Effect.provide(stamp(initial(someSession), list, at), NodeDigest.layer))
const check = (events: ReadonlyArray<Event>) =>
  Effect.runPromise(Effect.either(Effect.provide(verify(events), NodeDigest.layer)))

const some: ReadonlyArray<Fact> = [
  { type: "session.created", root: "/p", model: "a/b", mode: "build", apply: "stage", program: "1" },
  { type: "session.titled", title: "é\u2028" },
  { type: "part.text", turn: 1, text: "x" }
]

describe("the chain", () => {
  it("holds for any facts as stamped, and ends with the last hash", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(facts, { maxLength: 8 }), async (list) => {
        const events = await chained(list)
        const checked = await check(events)
        assert.deepStrictEqual(checked._tag === "Right" ? checked.right : checked.left, events.at(-1)?.hash ?? "")
      }),
      { numRuns: 50 }
    )
  })

  it("is the same in Node and on the web", async () => {
    const web = await Effect.runPromise(Effect.provide(stamp(initial(someSession), some, at), WebDigest.layer))
    assert.deepStrictEqual(web, await chained(some))
  })

  it("does not see times, nor whose session it is", () => {
    const fact: Fact = { type: "part.text", turn: 1, text: "x" }
    const event = eventOf(someSession, 1, fact)
    assert.strictEqual(hashed(event), '{"payload":{"text":"x","turn":1},"seq":1,"type":"part.text","v":1}')
    const other: Event = { ...eventOf(sessionId(9), 1, fact), at: "later" }
    assert.strictEqual(hashed(other), hashed(event))
  })

  /** What a changed text says; one that is no JSON any more says nothing. */
  const parsed = (text: string): unknown => {
    try {
      return JSON.parse(text)
    } catch {
      return undefined
    }
  }

  it("sees every byte of a payload", async () => {
    await fc.assert(
      fc.asyncProperty(runs, fc.nat(), fc.nat(), async (log, which, where) => {
        const index = which % log.length
        const list = log.map(({ v: _v, session: _s, seq: _q, at: _a, hash: _h, ...fact }) => fact as Fact)
        const events = await chained(list)
        const target = events[index]
        if (target === undefined) return
        const json = JSON.stringify(target)
        const spots = Array.from(json.matchAll(/[a-z0-9]/g), (match) => match.index)
        const spot = spots[where % spots.length] ?? 0
        const altered = parsed(`${json.slice(0, spot)}${json[spot] === "1" ? "2" : "1"}${json.slice(spot + 1)}`)
        if (!Schema.is(EventSchema)(altered)) return
        if (hashed(altered) === hashed(target) && altered.hash === target.hash) return
        const left = await check(events.with(index, altered))
        assert.strictEqual(left._tag, "Left")
        if (left._tag === "Left") assert.strictEqual(left.left.seq, index + 1)
      }),
      { numRuns: 60 }
    )
  })

  it("finds what was left out, put in twice or moved", async () => {
    const [a, b, c] = await chained(some)
    if (a === undefined || b === undefined || c === undefined) throw new Error("three events")
    for (const [log, seq] of [
      [[a, c], 2],
      [[a, a, b], 2],
      [[b, a], 1],
      [[a, { ...c, seq: 2 }], 2]
    ] as const) {
      const left = await check(log)
      assert.strictEqual(left._tag === "Left" ? left.left.seq : 0, seq)
    }
    const numbered = await check([b])
    assert.match(numbered._tag === "Left" ? numbered.left.message : "", /changed at event 1: it is numbered 2/)
  })
})
