/** Ignore files mean what they mean to git: random ones are held against the real one. */
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "effect/FastCheck"
import { make as memory } from "../../../src/adapters/memory/MemoryWorkspace.ts"
import { make as search } from "../../../src/adapters/shared/WalkSearch.ts"

const files = [
  "a",
  "b.c",
  ".d",
  "ab",
  "a b",
  "a ",
  "#a",
  "!a",
  "x/a",
  "x/.d",
  "x/b.c",
  "x/y/a",
  "x/y/ab",
  "x/x/b.c",
  ".h/a",
  "é",
  "x/é",
  "[a",
  "a\\",
  "{a,b}"
]

const atom = fc.constantFrom(
  ...["a", "b", "c", "x", "y", ".", "h", "d", "é", "a", "x", "b.c"],
  ...[
    "*",
    "?",
    "**",
    "*",
    "[ab]",
    "[!a]",
    "[^a]",
    "[a-c]",
    "[]a]",
    "[",
    "[[:alpha:]]",
    "\\*",
    "\\a",
    "\\",
    "{a,b}",
    " ",
    "\\ ",
    "#",
    "!"
  ]
)
const part = fc.oneof(
  { weight: 4, arbitrary: fc.array(atom, { minLength: 1, maxLength: 3 }).map((it) => it.join("")) },
  { weight: 3, arbitrary: fc.constantFrom("**", "*", "x", "y", ".h", "a", "") }
)
const line = fc
  .tuple(
    fc.constantFrom("", "", "", "!", "/", "!/", "#", "\\!", "\\#", "./"),
    fc.array(part, { minLength: 1, maxLength: 3 }).map((it) => it.join("/")),
    fc.constantFrom("", "", "", "/", "/*", "/**", " ", "  ", "\r", "\t")
  )
  .map((it) => it.join(""))
const ignoreFile = fc.array(line, { minLength: 1, maxLength: 4 }).map((it) => `${it.join("\n")}\n`)
const trial = fc.record({ top: ignoreFile, nested: fc.option(ignoreFile, { nil: undefined }) })

const git = (dir: string, paths: ReadonlyArray<string>): ReadonlySet<string> => {
  const env = {
    ...process.env,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_DIR: join(dir, ".git"),
    GIT_WORK_TREE: dir
  }
  execFileSync("git", ["init", "-q", dir], { env })
  const args = ["-c", "core.excludesFile=/dev/null", "check-ignore", "--no-index", "-z", "--stdin"]
  const out = execFileSync("git", args, { cwd: dir, env, input: paths.join("\0"), encoding: "utf8" })
  return new Set(out.split("\0"))
}

it.live("random ignore files hide the files that git ignores (property)", () =>
  Effect.gen(function* () {
    const dir = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), "code-mesh-ignores-")))
    const trials = fc.sample(trial, { numRuns: 150 })
    const tree: Record<string, string> = {}
    trials.forEach(({ nested, top }, at) => {
      for (const file of files) tree[`t${at}/${file}`] = "x\n"
      tree[`t${at}/.gitignore`] = top
      if (nested !== undefined) tree[`t${at}/x/.gitignore`] = nested
    })
    for (const [path, text] of Object.entries(tree)) {
      fs.mkdirSync(dirname(join(dir, path)), { recursive: true })
      fs.writeFileSync(join(dir, path), text)
    }
    const paths = Object.keys(tree).filter((path) => !path.endsWith(".gitignore"))
    const ignored = git(dir, paths)
    fs.rmSync(dir, { recursive: true, force: true })
    const workspace = yield* memory("/p", { files: tree })
    const { lines } = yield* search.grep(workspace, { pattern: ".", limit: 1_000_000 })
    const shown = new Set(lines.map((it) => it.path))
    const wrong = paths
      .filter((path) => shown.has(path) === ignored.has(path))
      .map((path) => {
        const { nested, top } = trials[Number(path.slice(1, path.indexOf("/")))] ?? { top: "", nested: undefined }
        return { path, top, nested, git: ignored.has(path) ? "ignored" : "shown" }
      })
    assert.deepStrictEqual(wrong.slice(0, 8), [])
  })
)
