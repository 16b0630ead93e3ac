/** Globs mean what they mean in bash: thousands of random ones are held against the real one. */
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { assert, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import { filterOf, globOf } from "../../../src/adapters/shared/globs.ts"

const files = [
  "a",
  "b.c",
  ".d",
  "ab",
  "a-b",
  "{a,b}",
  "[a]",
  "x/a",
  "x/.d",
  "x/b.c",
  "x/y/a",
  "x/y/ab",
  ".h/a",
  "x/.h/b.c",
  "é",
  "3"
]

const atom = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("a", "b", "c", "x", "y", ".", "-", "h", "d", "é") },
  { weight: 5, arbitrary: fc.constantFrom("*", "?", "**") },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      "[ab]",
      "[!a]",
      "[^a]",
      "[a-c]",
      "[]a]",
      "[",
      "]",
      "[[:alpha:]]",
      "[!.]",
      "[a-]",
      "\\*",
      "\\[",
      "[\\]a]"
    )
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      "{a,b}",
      "{x,{a,b}}",
      "{a}",
      "{",
      "}",
      "{,a}",
      "{1..3}",
      "{a..c}",
      "{a,b",
      "{b.c,x/a}",
      "{x,.h}/*",
      ","
    )
  }
)
const part = fc.oneof(
  { weight: 4, arbitrary: fc.array(atom, { minLength: 1, maxLength: 4 }).map((it) => it.join("")) },
  { weight: 2, arbitrary: fc.constantFrom("**", "*", "x", "y", ".h", ".*") }
)
const pattern = fc.array(part, { minLength: 1, maxLength: 4 }).map((it) => it.join("/"))

/** What bash makes of each pattern, as the files among its words. */
const bash = (dir: string, patterns: ReadonlyArray<string>): ReadonlyArray<ReadonlyArray<string>> => {
  const script = patterns.map((it) => `printf '%s\\0' ${it}; printf '\\n\\0'`).join("\n")
  const out = execFileSync("bash", ["-O", "globstar", "-O", "nullglob", "-s"], {
    cwd: dir,
    maxBuffer: 2 ** 30,
    input: script,
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C.UTF-8" }
  })
  const all = out.split("\n\0").slice(0, -1)
  return all.map((words) =>
    [...new Set(words.split("\0").map((it) => it.replace(/\/+/g, "/").replace(/(^|\/)(\.\/)+/g, "$1")))]
      .filter((it) => files.includes(it))
      .sort()
  )
}

it("random globs match the files that bash finds (property)", () => {
  const dir = fs.mkdtempSync(join(tmpdir(), "code-mesh-globs-"))
  try {
    for (const file of files) {
      fs.mkdirSync(dirname(join(dir, file)), { recursive: true })
      fs.writeFileSync(join(dir, file), "")
    }
    const patterns = fc.sample(pattern, { numRuns: 1000 })
    const expected = bash(dir, patterns)
    const wrong = patterns.flatMap((source, at) => {
      const glob = globOf(source)
      const found = typeof glob === "string" ? glob : files.filter((file) => glob.matches(file)).sort()
      return JSON.stringify(found) === JSON.stringify(expected[at]) ? [] : [{ source, found, bash: expected[at] }]
    })
    assert.deepStrictEqual(wrong.slice(0, 15), [])
  } finally {
    fs.rmSync(dir, { recursive: true, force: true })
  }
})

it("a filter without a slash is about names, one with a slash about paths, and `!` turns it round", () => {
  const all = ["a.ts", "src/a.ts", "src/b.md", ".x/a.ts"]
  const kept = (source: string) => {
    const filter = filterOf(source)
    return typeof filter === "string" ? filter : all.filter((path) => filter(path, path))
  }
  assert.deepStrictEqual(kept("*.ts"), ["a.ts", "src/a.ts", ".x/a.ts"])
  assert.deepStrictEqual(kept("src/*"), ["src/a.ts", "src/b.md"])
  assert.deepStrictEqual(kept("!*.ts"), ["src/b.md"])
  assert.deepStrictEqual(kept("**/*.ts"), ["a.ts", "src/a.ts"])
})
