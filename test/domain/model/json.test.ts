/** Canonical JSON by RFC 8785, and events through JSON. */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import * as Schema from "effect/Schema"
import { EventJson } from "../../../src/domain/model/Event.ts"
import { canonical } from "../../../src/domain/model/Json.ts"
import { eventsFrom, facts } from "../../support/logs.ts"

describe("canonical JSON", () => {
  const table: ReadonlyArray<readonly [string, unknown, string]> = [
    ["sorts keys", { b: 1, a: 2 }, '{"a":2,"b":1}'],
    ["sorts keys within, not items", { a: [{ d: 1, c: 2 }, 1] }, '{"a":[{"c":2,"d":1},1]}'],
    [
      // RFC 8785, section 3.2.3
      "sorts by UTF-16 code units",
      {
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\ud83d\ude00": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis"
      },
      '{"\\r":"Carriage Return","1":"One","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis","\u20ac":"Euro Sign","\ud83d\ude00":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}'
    ],
    [
      // RFC 8785, section 3.2.2
      "prints numbers and escapes as ECMAScript does",
      {
        numbers: [
          Number("333333333.33333329"),
          1e30,
          4.5,
          2e-3,
          0.000000000000000000000000001,
          -0,
          1e21,
          123456789012345680000
        ],
        string: "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\u002F",
        literals: [null, true, false]
      },
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27,0,1e+21,123456789012345680000],"string":"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    ],
    ["leaves undefined members out", { a: undefined, b: 1 }, '{"b":1}'],
    ["makes undefined items null", [undefined, 1], "[null,1]"],
    ["has empty ones", { a: {}, b: [], c: "" }, '{"a":{},"b":[],"c":""}']
  ]
  for (const [name, value, text] of table) it(name, () => assert.strictEqual(canonical(value), text))

  it("is read back as what it was, and is the same whatever the order of keys", () =>
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        assert.deepStrictEqual(JSON.parse(canonical(value)), JSON.parse(JSON.stringify(value)))
        assert.strictEqual(canonical(Object.fromEntries(Object.entries(value).reverse())), canonical(value))
      })
    ))
})

describe("an event as JSON", () => {
  const through = (text: string) => Schema.decodeSync(EventJson)(text)
  it("comes back as it was, whatever the fact", () =>
    fc.assert(
      fc.property(facts, (fact) => {
        const [event] = eventsFrom([fact])
        if (event === undefined) throw new Error("one event")
        const text = Schema.encodeSync(EventJson)(event)
        assert.strictEqual(canonical(through(text)), canonical(event))
        assert.strictEqual(Schema.encodeSync(EventJson)(through(text)), text)
      }),
      { numRuns: 400 }
    ))
  it("of an unknown type or version is refused; unknown members are dropped", () => {
    const [event] = eventsFrom([{ type: "session.titled", title: "T" }])
    const text = (more: object) => JSON.stringify({ ...event, ...more })
    assert.deepStrictEqual(through(text({ colour: "red" })), event)
    for (const more of [{ type: "session.sung" }, { v: 2 }, { seq: 0 }, { session: "ses_1" }, { title: 1 }])
      assert.throws(() => through(text(more)))
    assert.throws(() => through("{"))
  })
})
