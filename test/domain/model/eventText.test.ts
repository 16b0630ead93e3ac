/** Lines of events are those of the schema, type by type. */
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import { Envelope, type Event, EventJson, Fact } from "../../../src/domain/model/Event.ts"
import { eventText, readEvent } from "../../../src/domain/model/eventText.ts"
import { SessionId } from "../../../src/domain/model/Ids.ts"

const encode = Schema.encodeSync(EventJson)
const decode = Schema.decodeUnknownSync(EventJson)

describe("eventText", () => {
  for (const member of Fact.members) {
    const type = member.fields.type.literals[0]
    it(`writes and reads ${type} as the schema of all events does`, () => {
      const events = Arbitrary.make(Schema.make<Event>(Schema.extend(Envelope, member).ast))
      FastCheck.assert(
        FastCheck.property(events, (event) => {
          const text = Either.getOrThrow(eventText(event))
          assert.deepStrictEqual(JSON.parse(text), JSON.parse(encode(event)))
          assert.deepStrictEqual(Either.getOrThrow(readEvent(text)), decode(text))
        }),
        { numRuns: 30 }
      )
    })
  }

  it("leaves out members that events do not have", () => {
    const event = {
      v: 1,
      session: `ses_${"0".repeat(32)}`,
      seq: 1,
      at: "",
      hash: "",
      type: "turn.interrupted",
      turn: 1
    }
    const text = JSON.stringify({ ...event, more: true })
    assert.deepStrictEqual(Either.getOrThrow(readEvent(text)), decode(text))
    assert.notProperty(Either.getOrThrow(readEvent(text)), "more")
  })

  it("refuses a number that JSON has no word for", () => {
    const usage = { input: Number.NaN, output: 0, cacheRead: 0, cacheWrite: 0, cost: 0 }
    const at = { v: 1, session: SessionId.make(`ses_${"0".repeat(32)}`), seq: 1, at: "", hash: "" } as const
    const event: Event = { ...at, type: "model.answered", turn: 1, step: 1, stop: "end_turn", usage }
    assert.isTrue(Either.isLeft(eventText(event)))
  })

  it("says why a line is no event", () => {
    assert.deepStrictEqual(readEvent("{"), Either.left("it is not JSON"))
    for (const text of ["null", "1", '{"type":"toString"}', "{}"])
      assert.deepStrictEqual(readEvent(text), Either.left("there is no event of this type"))
    assert.isTrue(Either.isLeft(readEvent('{"type":"turn.interrupted"}')))
  })
})
