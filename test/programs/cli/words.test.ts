/** The small pure pieces of the program: durations, what is shown of foreign text, TOML edits, results. */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { parse } from "smol-toml"
import { durationOf } from "../../../src/domain/model/Duration.ts"
import { withLines } from "../../../src/programs/cli/init.ts"
import { inWords, toldFailure } from "../../../src/programs/cli/report.ts"
import { setToml, tomlValue } from "../../../src/programs/cli/tomlEdit.ts"
import { visible } from "../../../src/programs/cli/visible.ts"
import { oneLine, shownValue } from "../../../src/programs/cli/words.ts"

describe("durations", () => {
  it("are milliseconds of seconds, minutes, hours and days", () => {
    assert.deepStrictEqual(
      ["300s", "5m", "2h", "30d", "90", "1.5s", "500ms", "1w"].map(durationOf),
      [300_000, 300_000, 7_200_000, 2_592_000_000, 90_000, 1500, 500, 604_800_000]
    )
  })

  it("are nothing else", () => {
    for (const text of ["", "0", "0s", "-1", "5 minutes", "m", "1e3", "s5"])
      assert.strictEqual(durationOf(text), undefined)
  })
})

describe("foreign text on a terminal", () => {
  it("never holds a control character but line ends and tabs", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        assert.notMatch(visible(text), /[^\P{Cc}\n\t]|\p{Cf}/u)
        assert.notMatch(oneLine(text), /\p{Cc}/u)
      })
    )
  })

  it("shows an escape sequence and a direction mark for what they are", () => {
    assert.strictEqual(visible("a\x1b[2Kb\u202ec"), "a\\u{1b}[2Kb\\u{202e}c")
  })
})

describe("a setting that is shown", () => {
  it("has no password of a database's URL, wherever in it that stands", () => {
    const shown = (url: string) => shownValue("cluster.database_url", url)
    assert.strictEqual(shown("postgresql://me:se@cret@db/mesh"), "postgresql://(hidden)@db/mesh")
    const query = "postgresql://db/mesh?user=me&password=secret&sslmode=require"
    assert.strictEqual(shown(query), "postgresql://db/mesh?user=me&password=(hidden)&sslmode=require")
    assert.strictEqual(shownValue("cluster.hub", "ssh://git@host/hub.git"), "ssh://git@host/hub.git")
  })
})

describe("a TOML text with one key set", () => {
  it("means the same as before but for that key", () => {
    const keys = fc.constantFrom("a", "model.default", "model.temperature", "sandbox.mode", "providers.x.baseUrl")
    const values = fc.oneof(fc.string(), fc.boolean(), fc.integer(), fc.array(fc.string()))
    fc.assert(
      fc.property(fc.array(fc.tuple(keys, values), { maxLength: 6 }), (sets) => {
        let text = "# kept\n[model]\n# and this\n"
        const expected = new Map<string, unknown>()
        for (const [key, value] of sets) {
          const next = setToml(text, key.split("."), tomlValue(value) ?? "")
          assert.isDefined(next)
          text = next ?? ""
          expected.set(key, value)
        }
        const parsed = parse(text)
        for (const [key, value] of expected)
          assert.deepStrictEqual(
            key.split(".").reduce<unknown>((inner, part) => (inner as Record<string, unknown>)[part], parsed),
            value
          )
        assert.include(text, "# kept")
        assert.include(text, "# and this")
      })
    )
  })

  it("keeps comments, blanks and order", () => {
    const text = '# top\n[model]\n  default = "a/b" # mine\n\n[sandbox]\nmode = "off"\n'
    assert.strictEqual(
      setToml(text, ["model", "default"], '"c/d"'),
      '# top\n[model]\n  default = "c/d" # mine\n\n[sandbox]\nmode = "off"\n'
    )
  })

  it("is not guessed where the old value spans lines", () => {
    assert.strictEqual(setToml("[permission]\nallow = [\n]\n", ["permission", "allow"], "[]"), undefined)
  })
})

describe("lines of a file", () => {
  it("are added once", () => {
    const once = withLines("a", ["b", "c"])
    assert.strictEqual(once, "a\nb\nc\n")
    assert.strictEqual(withLines(once, ["b", "c"]), once)
  })
})

describe("an error", () => {
  it("is told in at most two sentences, with a remedy", () => {
    const told = toldFailure({ name: "ModelError", message: "a/b did not answer (overloaded): busy." })
    assert.deepStrictEqual(told.code, 4)
    assert.strictEqual(inWords(told).trimEnd().split("\n").length, 2)
  })

  it("has the exit code of its kind", () => {
    const code = (kind: string) => toldFailure({ name: "ModelError", kind, message: "x" }).code
    assert.deepStrictEqual(["unconfigured", "missing_model", "authentication"].map(code), [3, 3, 3])
    assert.deepStrictEqual(
      ["overloaded", "rate_limit", "server", "network", "quota", "invalid"].map(code),
      [4, 4, 4, 4, 4, 4]
    )
    assert.strictEqual(toldFailure({ name: "PermissionRefused", message: "x" }).code, 5)
    assert.strictEqual(toldFailure({ name: "LimitReached", message: "x" }).code, 6)
    assert.strictEqual(toldFailure({ name: "ConfigInvalid", message: "x" }).code, 2)
    assert.strictEqual(toldFailure({ name: "PriceUnknown", message: "x" }).code, 2)
  })
})
