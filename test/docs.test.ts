/** The examples in the documents work: fenced blocks marked `sh run` and `ts run` are run with the built program. */
import { spawnSync } from "node:child_process"
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { transformSync } from "esbuild"

const root = fileURLToPath(new URL("..", import.meta.url))
const program = join(root, "dist/cli/bin.cjs")
const isBuilt = existsSync(program) && existsSync(join(root, "dist/lib/index.js"))

interface Example {
  readonly file: string
  readonly line: number
  readonly language: "sh" | "ts"
  readonly code: string
}

const documents = [
  "README.md",
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("docs", name))
    .sort()
]

const examplesOf = (file: string): ReadonlyArray<Example> => {
  const text = readFileSync(join(root, file), "utf8")
  return [...text.matchAll(/^```(sh|ts) run\n([\s\S]*?)^```$/gm)].map(({ 1: language, 2: code = "", index }) => ({
    file,
    line: text.slice(0, index).split("\n").length,
    language: language === "ts" ? "ts" : "sh",
    code
  }))
}

/** A fresh folder with `code-mesh` on the path, no key, and a home of its own. */
const inFolder = <A>(parent: string, body: (dir: string, env: NodeJS.ProcessEnv) => A): A => {
  mkdirSync(parent, { recursive: true })
  const dir = realpathSync(mkdtempSync(join(parent, "example-")))
  try {
    mkdirSync(join(dir, ".bin"))
    writeFileSync(join(dir, ".bin", "code-mesh"), `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`)
    chmodSync(join(dir, ".bin", "code-mesh"), 0o755)
    mkdirSync(join(dir, "project"))
    const env = {
      PATH: `${join(dir, ".bin")}:${process.env.PATH}`,
      HOME: dir,
      CODE_MESH_HOME: join(dir, "home"),
      CI: "true"
    }
    return body(join(dir, "project"), env)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

const runShell = (code: string) =>
  inFolder(tmpdir(), (cwd, env) =>
    spawnSync("bash", ["-euo", "pipefail", "-c", code], { cwd, env, encoding: "utf8", input: "", timeout: 60_000 })
  )

// Inside the project, where `code-mesh/…` resolves by its own exports to what was built.
const runTypeScript = (code: string) =>
  inFolder(join(root, ".build"), (cwd, env) => {
    const file = join(cwd, "example.mjs")
    writeFileSync(file, transformSync(code, { loader: "ts", format: "esm" }).code)
    return spawnSync(process.execPath, [file], { cwd, env, encoding: "utf8", input: "", timeout: 60_000 })
  })

describe("the examples in the documents", () => {
  const examples = documents.flatMap(examplesOf)

  it("are there", () => {
    assert.isAbove(examples.length, 0)
  })

  for (const { code, file, language, line } of examples)
    it.skipIf(!isBuilt)(`${file}:${line} runs`, { timeout: 90_000 }, () => {
      const { status, stdout, stderr } = language === "ts" ? runTypeScript(code) : runShell(code)
      assert.strictEqual(status, 0, `${code}\n${stdout}\n${stderr}`)
    })
})

describe("docs/security.md", () => {
  it("names tests and files that are there", () => {
    const text = readFileSync(join(root, "docs/security.md"), "utf8")
    const named = text.match(/`(?:test|scripts)\/[\w./]+\.(?:ts|mjs)`|\]\((?!http)[^)]+\)/g) ?? []
    const paths = named.map((one) => (one.startsWith("`") ? one.slice(1, -1) : `docs/${one.slice(2, -1)}`))
    assert.isAbove(paths.length, 10)
    assert.deepStrictEqual(
      paths.filter((path) => !existsSync(join(root, path))),
      []
    )
  })
})
