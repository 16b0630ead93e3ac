/** The path and command cases that this version answers, through the one door on a real tree: `debug tool` decides them. */
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Tried } from "../../src/domain/agent/trial.ts"
import { CodeMesh } from "../../src/domain/CodeMesh.ts"
import type { Rule } from "../../src/domain/model/Rule.ts"
import { NodeLive } from "../../src/programs/NodeLive.ts"

const folder = new URL("../../../shared/cases/", import.meta.url)
const rowsOf = <Row>(name: string): ReadonlyArray<Row> =>
  fs.existsSync(new URL(name, folder))
    ? fs
        .readFileSync(new URL(name, folder), "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line))
    : []

interface PathRow {
  readonly id: string
  readonly category: string
  readonly title: string
  readonly op: string
  readonly path: string
  readonly accept: ReadonlyArray<string>
  readonly severity: string
  readonly setup?: ReadonlyArray<ReadonlyArray<string>>
  readonly rules?: ReadonlyArray<{
    readonly decision: Rule["decision"]
    readonly read?: string
    readonly write?: string
    readonly external?: string
  }>
}

interface World {
  readonly home: string
  readonly root: string
  readonly outside: string
}

/** `/home/dev` of the cases is a temporary folder, and so is `/tmp/out`. */
const placed = (text: string, { home, outside }: World): string =>
  text.replaceAll("/home/dev", home).replaceAll("/tmp/out", outside)

const inWorld = async (run: (world: World) => Promise<void>): Promise<void> => {
  const base = fs.realpathSync(fs.mkdtempSync(path.join(tmpdir(), "code-mesh-paths-")))
  const world = { home: path.join(base, "dev"), root: path.join(base, "dev", "proj"), outside: path.join(base, "out") }
  for (const dir of Object.values(world)) fs.mkdirSync(dir, { recursive: true })
  try {
    await run(world)
  } finally {
    fs.rmSync(base, { recursive: true, force: true })
  }
}

const put = (file: string, text: string) => {
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, text)
}

const setUp = (row: PathRow, world: World) => {
  for (const [step = "", first = "", second = ""] of row.setup ?? []) {
    const at = (name: string) => path.resolve(world.root, placed(name, world))
    if (step === "file") put(at(first), placed(second, world))
    else if (step === "file_outside") put(at(first), second)
    else if (step === "mkdir") fs.mkdirSync(at(first), { recursive: true })
    else if (step === "symlink") fs.symlinkSync(placed(first, world), at(second))
    else if (step === "link") fs.linkSync(at(first), at(second))
    else if (step === "root_is_symlink_to") {
      fs.rmdirSync(world.root)
      fs.mkdirSync(at(first), { recursive: true })
      fs.symlinkSync(at(first), world.root)
    }
  }
  const named = placed(row.path, world)
  // What is to be read is there, where this machine lets it be.
  const file = named.startsWith("~/") ? path.join(world.home, named.slice(2)) : path.resolve(world.root, named)
  if (row.op === "read" && file.startsWith(world.home) && !/^\w+:/.test(named) && !fs.existsSync(file))
    put(file, "text\n")
}

const rulesOf = (row: PathRow): ReadonlyArray<Rule> =>
  (row.rules ?? []).map(({ decision, external, read, write }) => ({
    decision,
    rule: write === undefined ? `read(${read ?? external})` : `edit(${write})`
  }))

const callOf = (row: PathRow, world: World): { readonly tool: string; readonly params: unknown } => {
  const named = placed(row.path.replace("<gitdir>", "/home/dev/main/.git/worktrees/w"), world)
  if (row.op === "read") return { tool: "read", params: { file_path: named } }
  if (row.op === "glob") return { tool: "glob", params: { pattern: named } }
  if (row.op === "bash") return { tool: "bash", params: { command: named } }
  if (row.op === "apply_patch")
    return { tool: "patch", params: { patch: `*** Begin Patch\n*** Add File: ${named}\n+x\n*** End Patch\n` } }
  return { tool: "write", params: { file_path: named, content: "x\n" } }
}

const tried = (
  world: World,
  call: { readonly tool: string; readonly params: unknown },
  rules: ReadonlyArray<Rule>,
  decideOnly: boolean
): Promise<Tried> =>
  Effect.gen(function* () {
    const mesh = yield* CodeMesh
    return yield* mesh.tryTool({ root: world.root, ...call, rules, decideOnly })
  }).pipe(
    Effect.provide(
      NodeLive({
        root: world.root,
        home: world.home,
        env: { PATH: process.env.PATH, CODE_MESH_HOME: path.join(world.home, ".mesh"), HOME: world.home }
      })
    ),
    Effect.scoped,
    Effect.runPromise
  )

/** The outcome in the words of the cases. */
const outcomes = (row: PathRow, world: World, it: Tried): ReadonlyArray<string> => {
  const writes = it.footprint?.write ?? []
  return [
    ...(it.ok === false ? ["error", it.error?.kind === "missing_file" ? "missing" : "deny"] : [it.decision]),
    ...(it.decision === "ask" && writes.some((name) => name.startsWith(world.outside)) ? ["ask_shows_target"] : []),
    ...(row.op === "glob" && it.decision === "allow" ? ["found"] : [])
  ]
}

const answered = new Set(["containment", "symlink", "protected", "secrets", "rules"])
const ops = new Set(["read", "write", "edit", "apply_patch", "glob", "bash"])
const rows = rowsOf<PathRow>("paths.jsonl").filter(
  (row) => answered.has(row.category) && ops.has(row.op) && !(row.setup ?? []).some(([step]) => step === "race")
)

describe.skipIf(rows.length === 0)("paths of ../shared/cases", () => {
  for (const row of rows)
    it(`${row.id} ${row.title}`, () =>
      inWorld(async (world) => {
        setUp(row, world)
        const said = await tried(world, callOf(row, world), rulesOf(row), true)
        if (row.severity === "info") return
        if (row.accept.includes("empty")) {
          // A search is allowed inside; what it comes across is not followed out.
          const ran = await tried(world, callOf(row, world), rulesOf(row), false)
          assert.isTrue(ran.decision !== "allow" || !/passwd|hosts/.test(ran.output ?? ""), ran.output)
          return
        }
        const got = outcomes(row, world, said)
        assert.isTrue(
          got.some((one) => row.accept.includes(one)),
          `${row.accept} expected: ${JSON.stringify(said)}`
        )
      }))
})

interface CommandRow {
  readonly id: string
  readonly profile: string
  readonly severity: string
  readonly accept: ReadonlyArray<string>
  readonly command?: string
  readonly command_parts?: ReadonlyArray<readonly [string, number]>
  readonly rules: ReadonlyArray<{ readonly decision: Rule["decision"]; readonly prefix: ReadonlyArray<string> }>
}

const commands = rowsOf<CommandRow>("commands.jsonl")
const lineOf = (row: CommandRow): string =>
  row.command ?? (row.command_parts ?? []).map(([text, count]) => text.repeat(count)).join("")

/** All rows in one world: each is only decided. */
const decideAll = (chosen: ReadonlyArray<CommandRow>) =>
  new Promise<ReadonlyArray<readonly [CommandRow, Tried]>>((resolve, reject) => {
    inWorld(async (world) => {
      const all = Effect.gen(function* () {
        const mesh = yield* CodeMesh
        return yield* Effect.forEach(chosen, (row) => {
          const rules = row.rules.map(({ decision, prefix }) => ({
            decision,
            rule: prefix.join(" ") === "*" ? "bash" : `bash(${prefix.join(" ")}:*)`
          }))
          const trial = { root: world.root, tool: "bash", params: { command: lineOf(row) }, rules, decideOnly: true }
          return Effect.map(mesh.tryTool(trial), (it) => [row, it] as const)
        })
      })
      const live = NodeLive({
        root: world.root,
        home: world.home,
        env: { PATH: process.env.PATH, CODE_MESH_HOME: path.join(world.home, ".mesh"), HOME: world.home }
      })
      resolve(await Effect.runPromise(Effect.scoped(Effect.provide(all, live))))
    }).catch(reject)
  })

describe.skipIf(commands.length === 0)("commands of ../shared/cases", () => {
  const wrong = (list: ReadonlyArray<readonly [CommandRow, Tried]>) =>
    list
      .filter(([row, it]) => !row.accept.includes(it.decision))
      .map(([row, it]) => `${row.id} ${it.decision}: ${lineOf(row).slice(0, 100)}`)

  it("without rules are decided as every row of the safe list demands", async () => {
    assert.deepStrictEqual(wrong(await decideAll(commands.filter((row) => row.profile === "safe-list"))), [])
  })
  it("under rules are decided as every row demands that would let something through", async () => {
    const must = commands.filter((row) => row.profile === "rules" && row.severity === "must")
    assert.deepStrictEqual(wrong(await decideAll(must)), [])
  })
})
