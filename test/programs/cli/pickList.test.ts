/** A list to pick from by keys, without a terminal. */
import { assert, describe, it } from "@effect/vitest"
import { afterKey, type Key, matching, type PickState, pickLines, start } from "../../../src/programs/cli/pickList.ts"
import { methodsOf } from "../../../src/programs/cli/signInMethods.ts"

const choices = ["anthropic", "openai", "openrouter", "mistral"].map((value) => ({ value, hint: `hint of ${value}` }))
const typed = (text: string): ReadonlyArray<Key> => [...text].map((letter) => ({ name: letter, text: letter }))

const press = (keys: ReadonlyArray<Key>, among = choices) => {
  let state: PickState = start
  for (const key of keys) {
    const next = afterKey(among, state, key)
    if (next.kind !== "going") return next
    state = next.state
  }
  return state
}

const enter = { name: "return" }
const picked = (value: string) => ({ kind: "picked" as const, value })

describe("a list to pick from", () => {
  it("moves by arrows, and goes on at the other end", () => {
    assert.deepStrictEqual(press([{ name: "down" }, enter]), picked("openai"))
    assert.deepStrictEqual(press([{ name: "up" }, enter]), picked("mistral"))
    assert.deepStrictEqual(press([{ name: "up" }, { name: "down" }, enter]), picked("anthropic"))
    assert.deepStrictEqual(press([{ name: "n", ctrl: true }, { name: "n", ctrl: true }, enter]), picked("openrouter"))
    assert.deepStrictEqual(press([{ name: "end" }, { name: "pageup" }, enter]), picked("anthropic"))
  })

  it("narrows by what is typed, names that begin so first, and widens by backspace", () => {
    assert.deepStrictEqual(press([...typed("open"), { name: "down" }, enter]), picked("openrouter"))
    assert.deepStrictEqual(press([...typed("MIS"), enter]), picked("mistral"))
    assert.deepStrictEqual(press([...typed("openx"), { name: "backspace" }, enter]), picked("openai"))
    assert.deepStrictEqual(
      matching([{ value: "xa" }, { value: "ax" }], "a").map(({ value }) => value),
      ["ax", "xa"]
    )
  })

  it("picks nothing where nothing fits, takes no control keys as letters, and ends with Esc", () => {
    assert.deepStrictEqual(press([...typed("zz"), enter, { name: "down" }]), { filter: "zz", at: 0 })
    assert.deepStrictEqual(
      press([
        { name: "u", ctrl: true, text: "\x15" },
        { name: "x", ctrl: true, text: "x" }
      ]),
      start
    )
    assert.deepStrictEqual(press([{ name: "escape" }]), { kind: "given up" })
  })

  it("shows at most a page round the marked line, no wider than the terminal, without line ends of others", () => {
    const many = Array.from({ length: 30 }, (_, n) => ({ value: `p${n}`, hint: "x\ny".repeat(40) }))
    const state = press(
      Array.from({ length: 20 }, () => ({ name: "down" })),
      many
    )
    assert.isTrue("at" in state)
    const lines = pickLines("Which?", many, "at" in state ? state : start, 40)
    assert.isAtMost(lines.length, 11)
    assert.isTrue(lines.every((line) => line.length < 40 && !line.includes("\n")))
    assert.match(lines.find((line) => line.startsWith(">")) ?? "", /^> p20/)
    assert.include(pickLines("Which?", choices, { filter: "zz", at: 0 }, 80).join("\n"), "none of that name")
  })
})

describe("the ways to sign in", () => {
  it("are a key, and what the provider or the settings have beside it", () => {
    const own = { tokenUrl: "https://t", clientId: "c" }
    assert.deepStrictEqual(methodsOf("mistral", undefined), ["key"])
    assert.deepStrictEqual(methodsOf("copilot", {}), ["device"])
    assert.deepStrictEqual(methodsOf("openrouter", {}), ["browser", "key"])
    assert.deepStrictEqual(methodsOf("corp", { oauth: own }), ["key"])
    assert.deepStrictEqual(
      methodsOf("corp", { oauth: { ...own, authorizeUrl: "https://a", deviceUrl: "https://d" } }),
      ["browser", "device", "key"]
    )
  })
})
