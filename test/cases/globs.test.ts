/** The acceptance cases of globs, ignore files and odd trees, through the tools as a model calls them. */
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { createServer } from "node:net"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { describe } from "vitest"
import { layerIn } from "../../src/adapters/node/RipgrepSearch.ts"
import { glob } from "../../src/domain/tools/glob.ts"
import { grep } from "../../src/domain/tools/grep.ts"
import { ls } from "../../src/domain/tools/ls.ts"
import type { AnyTool } from "../../src/domain/tools/Tool.ts"
import { type ToolWorld, toolWorld } from "../support/toolWorld.ts"

const search = layerIn(process.cwd())

type Step = readonly [kind: string, ...rest: ReadonlyArray<string | number>]

interface Row {
  readonly id: string
  readonly kind: "gitignore" | "glob" | "tree"
  readonly title: string
  readonly ignore_files?: Readonly<Record<string, string>>
  readonly files?: ReadonlyArray<string>
  readonly ignored?: ReadonlyArray<string>
  readonly pattern?: string
  readonly match?: ReadonlyArray<string>
  readonly alt_match?: ReadonlyArray<string>
  readonly setup?: ReadonlyArray<Step>
  readonly call?: Readonly<Record<string, unknown>> & { readonly tool: string }
  readonly expect?: {
    readonly match?: ReadonlyArray<string>
    readonly count?: number
    readonly error?: string
    readonly ok?: boolean
    readonly lines?: number
    readonly contains?: string
    readonly first_line?: string
    readonly says_total?: number
    readonly error_or_empty?: boolean
    readonly truncated?: boolean
    readonly max_ms?: number
    readonly max_output_chars?: number
  }
}

const file = fileURLToPath(new URL("../../../shared/cases/globs.jsonl", import.meta.url))
const rows: ReadonlyArray<Row> = fs.existsSync(file)
  ? fs
      .readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map((line): Row => JSON.parse(line))
  : []

const readTool: AnyTool | undefined = fs.existsSync(new URL("../../src/domain/tools/read.ts", import.meta.url))
  ? ((await import("../../src/domain/tools/read.ts" as string)) as { readonly read: AnyTool }).read
  : undefined

const tools: Readonly<Record<string, AnyTool | undefined>> = { glob, grep, ls, read: readTool }

/** What a tool printed, as names: quoted ones unquoted, messages without a name left out. */
const names = (output: string): ReadonlyArray<string> =>
  output === "No files found" || output === "No matches found"
    ? []
    : output
        .split("\n")
        .filter((line) => !line.startsWith("(truncated"))
        .map((line): string => (line.startsWith('"') ? JSON.parse(line) : line))

const globbed = (world: ToolWorld, pattern: string): Effect.Effect<ReadonlyArray<string>> =>
  world.call(glob, { pattern }).pipe(
    Effect.map((it) => names(it.output)),
    Effect.orElseSucceed(() => [])
  )

const escaped = (path: string): string => path.replace(/[\\*?[\]{}]/g, "\\$&")

/** Every file is asked for by its own name, and hits are looked for in all: both must hide the same. */
const ignoreRow = (row: Row) =>
  Effect.gen(function* () {
    const world = yield* toolWorld({ search })
    for (const path of row.files ?? []) world.write(path, "needle\n")
    for (const [path, text] of Object.entries(row.ignore_files ?? {})) world.write(path, text)
    const ignored = [...(row.ignored ?? [])].sort()
    const hidden: Array<string> = []
    for (const path of row.files ?? []) if ((yield* globbed(world, escaped(path))).length === 0) hidden.push(path)
    assert.deepStrictEqual(hidden.sort(), ignored)
    const { output } = yield* world.call(grep, { pattern: "^needle$", output_mode: "files_with_matches" })
    const shown = names(output)
    assert.deepStrictEqual((row.files ?? []).filter((path) => !shown.includes(path)).sort(), ignored)
  })

const globRow = (row: Row) =>
  Effect.gen(function* () {
    const world = yield* toolWorld({ search })
    for (const path of row.files ?? []) world.write(path, "")
    const pattern = (row.pattern ?? "").replace(/^\/proj(?=\/|$)/, world.dir)
    const found = yield* globbed(world, pattern)
    const sorted = [...found].sort()
    const accepted = [row.match ?? [], ...(row.alt_match === undefined ? [] : [row.alt_match])]
    assert.deepInclude(
      accepted.map((it) => [...it].sort()),
      sorted
    )
    assert.deepStrictEqual(found, sorted)
  })

const steps: Readonly<Record<string, (dir: string, ...rest: ReadonlyArray<string>) => void>> = {
  mkdir: (dir, path = "") => fs.mkdirSync(join(dir, path), { recursive: true }),
  file: (dir, path = "", text = "") => put(join(dir, path), text),
  append: (dir, path = "", text = "") => fs.appendFileSync(join(dir, path), text),
  repeat: (dir, path = "", text = "", times = "1") => put(join(dir, path), text.repeat(Number(times))),
  b64: (dir, path = "", text = "") => put(join(dir, path), Buffer.from(text, "base64")),
  symlink: (dir, target = "", path = "") => fs.symlinkSync(target, join(dir, path)),
  fifo: (dir, path = "") => execFileSync("mkfifo", [join(dir, path)]),
  chmod: (dir, mode = "", path = "") => fs.chmodSync(join(dir, path), Number.parseInt(mode, 8)),
  many: (dir, count = "0") => {
    for (let at = 0; at < Number(count); at++) {
      if (at % 1000 === 0) fs.mkdirSync(join(dir, `d${at / 1000}`))
      fs.writeFileSync(join(dir, `d${Math.floor(at / 1000)}`, `f${at}.ts`), "")
    }
  }
}

const put = (path: string, content: string | Uint8Array): void => {
  fs.mkdirSync(dirname(path), { recursive: true })
  fs.writeFileSync(path, content)
}

const socket = (path: string) =>
  Effect.acquireRelease(
    Effect.promise(
      () =>
        new Promise<ReturnType<typeof createServer>>((done) => {
          const server = createServer().listen(path, () => done(server))
        })
    ),
    (server) => Effect.sync(() => server.close())
  )

const known = (row: Row): boolean => (row.setup ?? []).every(([kind]) => kind === "socket" || kind in steps)

/** Why a row cannot be run here. */
const obstacle = (row: Row): string | undefined => {
  if (row.kind !== "tree") return undefined
  if (tools[row.call?.tool ?? ""] === undefined) return `there is no tool ${row.call?.tool} yet`
  if (!known(row)) return "a step of its setup is not known"
  const denies = (row.setup ?? []).some(([kind]) => kind === "chmod")
  return denies && process.getuid?.() === 0 ? "root may read everything" : undefined
}

const params = (call: NonNullable<Row["call"]>): object => {
  const { tool, path, ...rest } = call
  return path === undefined ? rest : tool === "read" ? { file_path: path, ...rest } : { path, ...rest }
}

const treeRow = (row: Row) =>
  Effect.gen(function* () {
    const world = yield* toolWorld({ search })
    for (const [kind, ...rest] of row.setup ?? []) {
      if (kind === "socket") yield* socket(join(world.dir, String(rest[0])))
      else steps[kind]?.(world.dir, ...rest.map(String))
    }
    const tool = tools[row.call?.tool ?? ""]
    if (tool === undefined || row.call === undefined) return assert.fail("there is no such tool")
    const expected = row.expect ?? {}
    const before = Date.now()
    const outcome = yield* Effect.either(world.call(tool, params(row.call)))
    if (expected.max_ms !== undefined) assert.isBelow(Date.now() - before, expected.max_ms)
    if (expected.error !== undefined) {
      assert.strictEqual(outcome._tag === "Left" ? outcome.left.kind : "ok", expected.error)
      return
    }
    const output = outcome._tag === "Right" ? outcome.right.output : outcome.left.reason
    if (expected.error_or_empty !== true) assert.strictEqual(outcome._tag, "Right", output)
    if (expected.says_total !== undefined) assert.include(output, String(expected.says_total))
    if (expected.contains !== undefined) assert.include(output, expected.contains)
    if (expected.first_line !== undefined) assert.match(output, new RegExp(`^[^\\n]*\\b${expected.first_line}\\n?`))
    if (expected.truncated === true) assert.include(output, "truncated")
    assert.isAtMost(output.length, expected.max_output_chars ?? 100_000)
    if (expected.count !== undefined) assert.lengthOf(names(output), expected.count)
    if (expected.match !== undefined) {
      const found =
        row.call.tool === "grep" ? names(output).map((line) => line.replace(/:\d+:[\s\S]*$/, "")) : names(output)
      assert.deepStrictEqual([...new Set(found)].sort(), [...expected.match].sort())
    }
  })

const runs = { gitignore: ignoreRow, glob: globRow, tree: treeRow }

describe.skipIf(rows.length === 0)("the acceptance cases of globs", () => {
  for (const row of rows) {
    const why = obstacle(row)
    const name = `${row.id} ${row.kind}: ${row.title}`
    if (why === undefined) it.scopedLive(name, () => runs[row.kind](row), 240_000)
    else it.skip(`${name} (${why})`, () => undefined)
  }
})
