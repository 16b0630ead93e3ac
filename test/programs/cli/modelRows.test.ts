/** Lists of models: which are wanted, and how one is told. */
import { assert, describe, it } from "@effect/vitest"
import type { Model } from "../../../src/domain/model/Model.ts"
import { abilitiesIn, infoLines, isWanted, listLine, type Wanted } from "../../../src/programs/cli/modelRows.ts"

const model: Model = {
  name: "lab/Coder",
  context: 9000,
  output: 900,
  images: true,
  reasoning: false,
  tools: true,
  price: { input: 2, output: 4, cacheRead: 0.2, over: { tokens: 200, input: 3, output: 6 } },
  takes: [],
  from: { context: "server", price: "catalog 2026-11-10" }
}
const all: Wanted = { search: "", local: false, can: [] }

describe("models", () => {
  it("are wanted by name, place, abilities and price", () => {
    const wanted = (more: Partial<Wanted>, of: Model = model, local = false) => isWanted({ ...all, ...more }, of, local)
    const { price: _price, ...unpriced } = model
    assert.deepStrictEqual(
      [
        wanted({}),
        wanted({ search: "coder" }),
        wanted({ search: "x" }),
        wanted({ local: true }),
        wanted({ local: true }, model, true),
        wanted({ can: ["tools", "images"] }),
        wanted({ can: ["files"] }),
        wanted({ maxPrice: 2 }),
        wanted({ maxPrice: 1.9 }),
        wanted({ maxPrice: 1.9 }, unpriced),
        wanted({ maxPrice: 0.1 }, unpriced, true)
      ],
      [true, true, false, false, true, true, false, true, false, false, true]
    )
    assert.deepStrictEqual(abilitiesIn("tools, files"), { can: ["tools", "files"] })
    assert.deepStrictEqual(abilitiesIn(""), { can: [] })
    assert.deepStrictEqual(abilitiesIn("fly,tools"), { can: ["tools"], unknown: "fly" })
  })
  it("are told with where each fact is from, and what larger requests cost", () => {
    assert.deepStrictEqual(listLine(model, "*"), ["*", "lab/Coder", "9000", "900", "2 / 4", "tools images"])
    assert.deepStrictEqual(infoLines(model), [
      ["model:", "lab/Coder", ""],
      ["window:", "9000 tokens", "(server)"],
      ["output:", "900 tokens", ""],
      ["can:", "tools images", ""],
      ["takes:", "no options", ""],
      ["USD per million tokens:", "input 2, output 4, cache read 0.2", "(catalog 2026-11-10)"],
      ["  over 200 tokens of input:", "input 3, output 6", "(catalog 2026-11-10)"]
    ])
    const { from: _from, price: _price, takes: _takes, ...bare } = { ...model, images: false, tools: false }
    assert.deepStrictEqual(infoLines(bare).at(-1), ["USD per million tokens:", "not known", ""])
    assert.deepStrictEqual(infoLines(bare)[3], ["can:", "text only", ""])
  })
})
