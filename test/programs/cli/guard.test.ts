/** The command line is read before any library sees it: nothing unknown gets through, every text arrives as written. */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { type Guarded, guard, type Wrong } from "../../../src/programs/cli/guard.ts"
import { root } from "../../../src/programs/cli/root.ts"
import { globalFlags } from "../../../src/programs/cli/spec.ts"

const everywhere = globalFlags.map((flag) => flag.spec)

const read = (...argv: ReadonlyArray<string>): Guarded => {
  const guarded = guard(argv, root.spec, everywhere)
  if ("wrong" in guarded) throw new Error(`${guarded.wrong} ${guarded.remedy}`)
  return guarded
}

const wrong = (...argv: ReadonlyArray<string>): Wrong => {
  const guarded = guard(argv, root.spec, everywhere)
  if (!("wrong" in guarded)) throw new Error(`was accepted: ${guarded.argv.join(" ")}`)
  return guarded
}

describe("guard", () => {
  it("accepts a value after a blank, after =, and after a letter", () => {
    for (const argv of [["-m", "a/b"], ["-ma/b"], ["-m=a/b"], ["--model", "a/b"], ["--model=a/b"]]) {
      const { argv: given, texts } = read("run", ...argv, "x")
      assert.deepStrictEqual([given, texts], [["run", "--model", "text-0"], ["a/b"]])
    }
  })

  it("keeps everything of a value after its first =", () => {
    assert.deepStrictEqual(read("run", "--allow=bash(A=1 b=2)", "x").texts, ["bash(A=1 b=2)"])
    assert.deepStrictEqual(read("run", "-m=a/b=c", "x").texts, ["a/b=c"])
  })

  it("takes letters together", () => {
    assert.deepStrictEqual(read("run", "-cma/b", "x").argv, ["run", "--continue", "--model", "text-0"])
  })

  it("lets flags follow words", () => {
    const { argv, operands } = read("run", "fix", "--yes", "it")
    assert.deepStrictEqual(
      [argv, operands],
      [
        ["run", "--yes"],
        ["fix", "it"]
      ]
    )
  })

  it("suggests the flag that was meant", () => {
    assert.match(wrong("run", "--modle", "x").remedy, /--model/)
    assert.match(wrong("run", "--contineu").remedy, /--continue/)
    assert.match(wrong("run", "--max-turn", "3").remedy, /--max-turns/)
  })

  it("refuses a flag of another command", () => {
    assert.match(wrong("apply", "--yes").wrong, /'code-mesh apply' has no flag --yes/)
  })

  it("refuses a letter that is no flag, a lone word for a flag's place, and a missing value", () => {
    assert.match(wrong("run", "-z", "x").wrong, /-z/)
    assert.match(wrong("run", "--model").wrong, /needs a value/)
    assert.match(wrong("run", "--model", "--yes").wrong, /needs a value/)
    assert.match(wrong("run", "--yes=1").wrong, /takes no value/)
  })

  it("says of what comes later that it does", () => {
    for (const argv of [["serve"], ["mcp", "list"], ["session", "share"]])
      assert.match(wrong(...argv).wrong, /comes in a later version/)
    assert.match(wrong("run", "--format", "codex", "x").wrong, /comes in a later version/)
  })

  it("checks values that are one of some, and numbers", () => {
    assert.match(wrong("run", "--format", "jsn", "x").remedy, /Did you mean json/)
    assert.match(wrong("run", "--apply", "now", "x").remedy, /ask, stage, auto/)
    for (const number of ["0", "-1", "1.5", "x", ""])
      assert.match(wrong("run", `--max-turns=${number}`).remedy, /whole number/)
    for (const number of ["0", "-1", "x", "", "NaN"])
      assert.match(wrong("run", `--max-cost=${number}`).remedy, /number above 0/)
    assert.deepStrictEqual(read("run", "--max-cost", "0.25", "x").argv, ["run", "--max-cost", "0.25"])
  })

  it("refuses a flag that is given twice where only one can hold", () => {
    assert.match(wrong("run", "-m", "a/b", "-m", "c/d", "x").wrong, /twice/)
    assert.deepStrictEqual(read("run", "--allow", "a", "--allow", "b", "x").texts, ["a", "b"])
  })

  it("refuses unknown commands with a suggestion, and words that a command has no use for", () => {
    assert.match(wrong("sesion", "list").remedy, /code-mesh session/)
    assert.match(wrong("session", "lst").remedy, /session list/)
    assert.match(wrong("status", "now").wrong, /no use for "now"/)
    assert.match(wrong("models", "info").wrong, /needs model/)
  })

  it("does not take words of a prompt for commands", () => {
    assert.deepStrictEqual(read("run", "session", "list", "run").operands, ["session", "list", "run"])
  })

  it("takes a message of --commit only after =", () => {
    assert.deepStrictEqual(read("apply", "--commit", "ses_1").texts, [""])
    assert.deepStrictEqual(read("apply", "--commit", "ses_1").operands, ["ses_1"])
    assert.deepStrictEqual(read("apply", "--commit=a b").texts, ["a b"])
  })

  it("hands on every word after -- as it is", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" })), (words) => {
        assert.deepStrictEqual(read("run", "--", ...words).operands, words)
      })
    )
  })

  it("hands on every word that does not start with a dash, and every value after =, as they are", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (word, value) => {
        const said = word.startsWith("-") && word !== "-" ? ` ${word}` : word
        const { operands, texts } = read("run", said, `--file=${value}`)
        assert.deepStrictEqual([operands, texts], [[said], [value]])
      })
    )
  })

  it("never lets a flag through that no command has", () => {
    const known = new Set(
      [...root.spec.children.flatMap((child) => child.flags), ...everywhere].map((flag) => flag.name)
    )
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z][a-z-]{0,14}$/), (name) => {
        fc.pre(!known.has(name) && name !== "help" && name !== "version")
        assert.match(wrong("run", `--${name}`, "x").wrong, /no flag|later version/)
      })
    )
  })
})
