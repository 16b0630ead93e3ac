/** The path and command cases that this version answers, through the one door on a real tree: `debug tool` decides them. */
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { createInterface } from "node:readline"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Tried } from "../../src/domain/agent/trial.ts"
import { CodeMesh } from "../../src/domain/CodeMesh.ts"
import type { Rule } from "../../src/domain/model/Rule.ts"
import { NodeLive } from "../../src/programs/NodeLive.ts"
import { bin } from "../programs/cli/cli.ts"

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

const inWorld = async <A>(run: (world: World) => Promise<A>): Promise<A> => {
  const base = fs.realpathSync(fs.mkdtempSync(path.join(tmpdir(), "code-mesh-paths-")))
  const world = { home: path.join(base, "dev"), root: path.join(base, "dev", "proj"), outside: path.join(base, "out") }
  empty(world)
  try {
    return await run(world)
  } finally {
    fs.rmSync(base, { recursive: true, force: true })
  }
}

const empty = (world: World): void => {
  for (const dir of [world.home, world.outside]) fs.rmSync(dir, { recursive: true, force: true })
  for (const dir of Object.values(world)) fs.mkdirSync(dir, { recursive: true })
}

const put = (file: string, text: string) => {
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, text)
}

/** The steps of a row's setup; what a race does is done by another process. */
const steps: Readonly<
  Record<string, (world: World, at: (name: string) => string, words: ReadonlyArray<string>) => void>
> = {
  file: (world, at, [name = "", text = ""]) => put(at(name), placed(text, world)),
  file_outside: (_world, at, [name = "", text = ""]) => put(at(name), text),
  mkdir: (_world, at, [name = ""]) => fs.mkdirSync(at(name), { recursive: true }),
  symlink: (world, at, [target = "", name = ""]) => {
    fs.mkdirSync(path.dirname(at(name)), { recursive: true })
    fs.symlinkSync(placed(target, world), at(name))
  },
  link: (_world, at, [target = "", name = ""]) => fs.linkSync(at(target), at(name)),
  root_is_symlink_to: (world, at, [target = ""]) => {
    fs.rmdirSync(world.root)
    fs.mkdirSync(at(target), { recursive: true })
    fs.symlinkSync(at(target), world.root)
  },
  race: () => undefined
}

const setUp = (row: PathRow, world: World) => {
  for (const [step = "", ...words] of row.setup ?? []) {
    const make = steps[step]
    assert.isDefined(make, `the setup step ${step} is known`)
    make?.(world, (name) => path.resolve(world.root, placed(name, world)), words)
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

interface Call {
  readonly tool: string
  readonly params: unknown
}

/** How the operations of the cases are called here. */
const tools: Readonly<Record<string, (named: string) => Call>> = {
  read: (named) => ({ tool: "read", params: { file_path: named } }),
  glob: (named) => ({ tool: "glob", params: { pattern: named } }),
  grep: (named) => ({ tool: "grep", params: { pattern: ".", path: named } }),
  ls: (named) => ({ tool: "ls", params: { path: named } }),
  bash: (named) => ({ tool: "bash", params: { command: named } }),
  edit: (named) => ({ tool: "edit", params: { file_path: named, old_string: "x", new_string: "y" } }),
  write: (named) => ({ tool: "write", params: { file_path: named, content: "x\n" } }),
  apply_patch: (named) => ({
    tool: "patch",
    params: { patch: `*** Begin Patch\n*** Add File: ${named}\n+x\n*** End Patch\n` }
  })
}

const callOf = (row: PathRow, world: World): Call =>
  tools[row.op]?.(placed(row.path.replace("<gitdir>", "/home/dev/main/.git/worktrees/w"), world)) ?? {
    tool: row.op,
    params: {}
  }

/** The shipped program, answering calls one by one through `debug tool --batch`. */
const opened = (world: World) => {
  const env = { PATH: process.env.PATH, HOME: world.home, CODE_MESH_HOME: path.join(path.dirname(world.home), "mesh") }
  const child = spawn(process.execPath, [bin, "debug", "tool", "--batch"], {
    cwd: path.dirname(world.home),
    env,
    stdio: ["pipe", "pipe", "inherit"]
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    ask: async (line: unknown): Promise<Tried> => {
      child.stdin.write(`${JSON.stringify(line)}\n`)
      const answer = await lines.next()
      return JSON.parse(String(answer.value))
    },
    close: () =>
      new Promise<void>((done) => {
        child.once("close", () => done())
        child.stdin.end()
      })
  }
}

/** The outcome in the words of the cases. */
const outcomes = (row: PathRow, world: World, it: Tried): ReadonlyArray<string> => {
  const writes = it.footprint?.write ?? []
  return [
    ...(it.ok === false ? ["error", it.error?.kind === "missing_file" ? "missing" : "deny"] : [it.decision]),
    ...(it.decision === "ask" && writes.some((name) => name.startsWith(world.outside)) ? ["ask_shows_target"] : []),
    ...(row.op === "glob" && it.decision === "allow" ? [/passwd|hosts/.test(it.output ?? "") ? "found" : "empty"] : [])
  ]
}

const answered = new Set(["containment", "symlink", "protected", "secrets", "rules"])
const rows = rowsOf<PathRow>("paths.jsonl")
const ofFiles = rows.filter((row) => answered.has(row.category) && row.op in tools)
const isRace = (row: PathRow): boolean => (row.setup ?? []).some(([step]) => step === "race")

/** What a row's call comes to: decided, and carried out where that is allowed and touches this world only. */
const tried = async (row: PathRow, world: World, door: ReturnType<typeof opened>): Promise<Tried> => {
  empty(world)
  setUp(row, world)
  const line = { id: row.id, ...callOf(row, world), cwd: world.root, rules: rulesOf(row) }
  const decided = await door.ask({ ...line, decideOnly: true })
  if (decided.decision !== "allow" || decided.ok === false || row.op === "bash") return decided
  return door.ask(line)
}

const races = Number(process.env.CODE_MESH_RACES ?? 100)

/** Replaces the folder `d` by a link out and puts it back, over and over. */
const swapper = (world: World) => {
  const code = `const fs = require("node:fs"); process.chdir(${JSON.stringify(world.root)})
    fs.symlinkSync(${JSON.stringify(world.outside)}, "l")
    for (;;) for (const [from, to] of [["d", "t"], ["l", "d"], ["d", "l"], ["t", "d"]]) try { fs.renameSync(from, to) } catch {}`
  return spawn(process.execPath, ["-e", code], { stdio: "ignore" })
}

const ended = (child: ReturnType<typeof swapper>) =>
  new Promise<void>((done) => {
    child.once("close", () => done())
    child.kill("SIGKILL")
  })

describe.skipIf(rows.length === 0)("paths of ../shared/cases, through debug tool --batch", () => {
  it(
    "each row of files, links, protected files, secrets and rules comes to what it accepts",
    { timeout: 120_000 },
    () =>
      inWorld(async (world) => {
        const door = opened(world)
        const wrong: Array<string> = []
        for (const row of ofFiles.filter((one) => !isRace(one))) {
          const said = await tried(row, world, door)
          const right = row.severity === "info" || outcomes(row, world, said).some((one) => row.accept.includes(one))
          if (!right)
            wrong.push(`${row.id} ${row.title}: ${row.accept} expected: ${JSON.stringify(said).slice(0, 300)}`)
        }
        await door.close()
        assert.deepStrictEqual(wrong, [])
      })
  )

  for (const row of ofFiles.filter(isRace))
    it(`${row.id} ${row.title}: nothing appears outside in ${races} tries`, { timeout: 300_000 }, () =>
      inWorld(async (world) => {
        setUp(row, world)
        const door = opened(world)
        const line = { id: row.id, ...callOf(row, world), cwd: world.root, rules: rulesOf(row) }
        await door.ask(line)
        const racer = swapper(world)
        let landed = 0
        for (let at = 0; at < races; at++) if ((await door.ask(line)).ok === true) landed++
        await ended(racer)
        await door.close()
        assert.deepStrictEqual(fs.readdirSync(world.outside), [])
        assert.isAbove(landed, 0, "some writes go through, so the race is real")
      })
    )

  for (const row of rows.filter((one) => !ofFiles.includes(one)))
    it.skip(`${row.id} ${row.title}: ${row.op} is held elsewhere`, () => undefined)
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
