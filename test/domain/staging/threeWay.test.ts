/** Laws of the three-way merge, and its agreement with git. */
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { merge } from "../../../src/domain/staging/threeWay.ts"

const dir = fs.mkdtempSync(path.join(tmpdir(), "code-mesh-merge-"))
afterAll(() => fs.rmSync(dir, { recursive: true, force: true }))

const git = (base: string, ours: string, theirs: string): { text: string; conflicts: number } => {
  const names = ["ours", "base", "theirs"].map((name) => path.join(dir, name))
  for (const [index, text] of [ours, base, theirs].entries()) fs.writeFileSync(names[index] ?? "", text)
  const done = spawnSync("git", ["merge-file", "-p", "-L", "ours", "-L", "base", "-L", "theirs", ...names], {
    encoding: "utf8"
  })
  return { text: done.stdout, conflicts: done.status ?? -1 }
}
const hasGit = spawnSync("git", ["--version"]).status === 0

/** What a side does at a line of the base: keep it, drop it, change it, add after it; a small choice makes sides agree at times. */
const deed = fc.constantFrom("keep", "keep", "keep", "keep", "drop", "change", "add", "add2", "changeSame", "addSame")
const apply = (base: ReadonlyArray<string>, deeds: ReadonlyArray<string>, side: string): Array<string> =>
  base.flatMap((line, index) => {
    switch (deeds[index]) {
      case "drop":
        return []
      case "change":
        return [`${side} ${line}`]
      case "changeSame":
        return [`both ${line}`]
      case "add":
        return [line, `${side} after ${line}`]
      case "add2":
        return [line, `${side} after ${line}`, `both after ${line}`]
      case "addSame":
        return [line, `both after ${line}`]
      default:
        return [line]
    }
  })

const scene = fc
  .integer({ min: 0, max: 14 })
  .chain((size) =>
    fc.tuple(
      fc.constant(Array.from({ length: size }, (_, i) => (i % 5 === 4 ? `-- ${"-".repeat(i)}` : `line ${i}`))),
      fc.array(deed, { minLength: size, maxLength: size }),
      fc.array(deed, { minLength: size, maxLength: size }),
      fc.constantFrom("\n", "\r\n"),
      fc.constantFrom("", "base", "ours", "theirs")
    )
  )
  .map(([lines, left, right, eol, bare]) => {
    const text = (list: ReadonlyArray<string>, name: string) =>
      list.join(eol) + (list.length === 0 || bare === name ? "" : eol)
    return {
      base: text(lines, "base"),
      ours: text(apply(lines, left, "our"), "ours"),
      theirs: text(apply(lines, right, "their"), "theirs")
    }
  })

const any = fc.array(fc.constantFrom("a\n", "b\n", "c\n", "}\n", "x"), { maxLength: 8 }).map((it) => it.join(""))

describe("merge", () => {
  it("where one side changed nothing, the other side is the result", () => {
    fc.assert(
      fc.property(any, any, (base, other) => {
        assert.deepStrictEqual(merge(base, base, other), { text: other, conflicts: 0 })
        assert.deepStrictEqual(merge(base, other, base), { text: other, conflicts: 0 })
        assert.deepStrictEqual(merge(base, other, other), { text: other, conflicts: 0 })
      }),
      { numRuns: 500 }
    )
  })

  it("a clean merge is the same from either side", () => {
    fc.assert(
      fc.property(scene, ({ base, ours, theirs }) => {
        const there = merge(base, ours, theirs)
        const back = merge(base, theirs, ours)
        assert.strictEqual(there.conflicts === 0, back.conflicts === 0)
        if (there.conflicts === 0) assert.strictEqual(there.text, back.text)
      })
    )
  })

  it.skipIf(!hasGit)("agrees with git merge-file byte for byte, conflicts included", () => {
    fc.assert(
      fc.property(scene, ({ base, ours, theirs }) => {
        assert.deepStrictEqual(merge(base, ours, theirs), git(base, ours, theirs))
      }),
      { numRuns: 250 }
    )
  })

  it.skipIf(!hasGit).each([
    ["letters", "x\n".repeat(4), 2],
    ["no letters", "}\n".repeat(4), 1],
    ["few lines", "x\n".repeat(3), 1]
  ])("conflicts with %s between them are told apart as git does", (_name, between, conflicts) => {
    const texts = ["a\nb\n", "A\nB\n", "X\nY\n"].map((it) => it.replace("\n", `\n${between}`))
    const [base = "", ours = "", theirs = ""] = texts
    const merged = merge(base, ours, theirs)
    assert.deepStrictEqual(merged, git(base, ours, theirs))
    assert.strictEqual(merged.conflicts, conflicts)
  })

  it("changes of touching lines are a conflict that shows both", () => {
    assert.deepStrictEqual(merge("a\nb\n", "A\nb\n", "a\nB\n"), {
      text: "<<<<<<< ours\nA\nb\n=======\na\nB\n>>>>>>> theirs\n",
      conflicts: 1
    })
  })
})
