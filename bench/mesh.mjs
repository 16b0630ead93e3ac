// `node scripts/build.mjs cli && node bench/mesh.mjs [--rounds N] [--plans N]`: what plans cost. 1,000 pending plans of ten steps
// in one store: what the program needs to list them and show one, beside a store with a single one. Folding 10,000 steps,
// in sessions of their own and in one session. What is decided at 100 steps. And a step of a plan over the same two model
// calls of a single agent: in memory, and by the shipped program with a scripted model. Medians over rounds in which all take
// turns; in memory own CPU time, of the program wall time.
import { spawn } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { build } from "esbuild"

const option = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? otherwise : Number(process.argv[at + 1])
}
const [rounds, plans] = [option("rounds", 5), option("plans", 1000)]
const root = fileURLToPath(new URL("..", import.meta.url))
const program = join(root, "dist/cli/bin.cjs")
const bundle = mkdtempSync(join(root, "node_modules", ".bench-"))
const work = mkdtempSync(join(tmpdir(), "code-mesh-mesh-"))

const sources = `
export * as Effect from "effect/Effect"
export * as Stream from "effect/Stream"
export { layer as sqlite } from "../src/adapters/node/Sqlite.ts"
export { layer as digest } from "../src/adapters/node/NodeDigest.ts"
export { pathsOf } from "../src/adapters/node/Paths.ts"
export { CodeMesh } from "../src/domain/CodeMesh.ts"
export { predecessors } from "../src/domain/planner/graph.ts"
export { mayOverlap } from "../src/domain/planner/overlap.ts"
export { problemsOf } from "../src/domain/planner/planProblems.ts"
export { mergeNext, startable } from "../src/domain/mesh/schedule.ts"
export { evolve } from "../src/domain/session/evolve.ts"
export { stamp } from "../src/domain/session/Session.ts"
export { initial } from "../src/domain/session/State.ts"
export { EventStore } from "../src/ports/EventStore.ts"
export { HeadlessLive } from "../src/programs/HeadlessLive.ts"
`
const outfile = join(bundle, "mesh.mjs")
await build({
  stdin: { contents: sources, resolveDir: join(root, "bench"), loader: "ts" },
  outfile,
  bundle: true,
  format: "esm",
  platform: "node",
  external: ["better-sqlite3", "libsql", "@vscode/ripgrep"],
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)" },
  logLevel: "error"
})
const it = await import(pathToFileURL(outfile).href)
const { CodeMesh, Effect, EventStore, evolve, HeadlessLive, initial, stamp, Stream } = it

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
const ms = (value) => `${value.toFixed(value < 10 ? 2 : 0)} ms`
const say = (name, text) => console.log(`${name.padEnd(58)} ${text}`)
const cpu = async (body) => {
  const began = process.cpuUsage()
  await body()
  const { system, user } = process.cpuUsage(began)
  return (system + user) / 1000
}

const draft = (index, dependsOn = []) => ({
  ...{ id: `s${index}`, title: `Do s${index}`, task: "", role: "coder", files: [`src/s${index}.js`] },
  ...{ check: null, why_no_check: "a bench", depends_on: dependsOn }
})
const drafts = (count) => Array.from({ length: count }, (_, index) => draft(index))
const textOf = (part) => (part?.type === "text" ? part.text : "")
const stepIn = ({ messages }) => /Do (s\d+)/.exec(textOf(messages[0]?.parts[0]))?.[1] ?? ""

/** A model that proposes so many steps, and whose agents write one file each and say so. */
const model = (count) => (request) => {
  const id = stepIn(request)
  if (request.messages.at(-1)?.parts.at(-1)?.type === "tool-result") return { text: "Done." }
  if (id === "") return { calls: [{ name: "plan", input: { goal: "Bench", steps: drafts(count) } }] }
  return { calls: [{ name: "write", input: { file_path: `/project/src/${id}.js`, content: "x\n" } }] }
}
const config = {
  agents: { review: false, max_count: 1 },
  permission: { rules: [{ decision: "allow", rule: "write" }] }
}
const prompt = (text) => ({ type: "Prompt", parts: [{ type: "text", text }] })

const inWorld = (count, effect) =>
  Effect.runPromise(Effect.scoped(Effect.provide(effect, HeadlessLive({ model: model(count), config, commands: {} }))))

const proposed = Effect.gen(function* () {
  const mesh = yield* CodeMesh
  const id = yield* mesh.start({ root: "/project", model: "scripted/test", mode: "plan" })
  yield* mesh.submit(id, prompt("Bench it"))
  yield* mesh.rest(id)
  return { mesh, id }
})
const logOf = (stream) => Effect.map(Stream.runCollect(stream), (all) => [...all])

/** A plan of so many steps, carried out one after the other; answers its own time without the proposal's, and its log. */
const planRun = (count) =>
  inWorld(
    count,
    Effect.gen(function* () {
      const { id, mesh } = yield* proposed
      yield* mesh.submit(id, { type: "ApprovePlan" })
      const began = process.cpuUsage()
      yield* mesh.submit(id, { type: "ExecutePlan" })
      yield* mesh.rest(id)
      const { system, user } = process.cpuUsage(began)
      const { plan } = yield* mesh.show(id)
      if (plan?.status !== "done") throw new Error(`the plan is ${plan?.status}`)
      const events = yield* logOf((yield* EventStore).read(id))
      return { ms: (system + user) / 1000, events }
    })
  )

/** The same calls by agents that no plan began, each in a session of its own. */
const singleRuns = (count) =>
  inWorld(
    count,
    Effect.gen(function* () {
      const mesh = yield* CodeMesh
      const began = process.cpuUsage()
      for (let index = 0; index < count; index++) {
        const id = yield* mesh.start({ root: "/project", model: "scripted/test" })
        yield* mesh.submit(id, prompt(`Do s${index}`))
        yield* mesh.rest(id)
      }
      const { system, user } = process.cpuUsage(began)
      return (system + user) / 1000
    })
  )

const overheadInMemory = async () => {
  const [mesh, single] = [[], []]
  const steps = 50
  await planRun(5)
  await singleRuns(5)
  for (let round = 0; round < rounds; round++) {
    mesh.push((await planRun(steps)).ms / steps)
    single.push((await singleRuns(steps)) / steps)
  }
  say("a step of a plan of 50, in memory", ms(median(mesh)))
  say("the same two calls by a single agent", ms(median(single)))
  say("overhead a step (goal 10 ms and the merge)", ms(median(mesh) - median(single)))
}

const bare = ({ at: _at, hash: _hash, seq: _seq, session: _session, v: _v, ...fact }) => fact
const sessionId = (index) => `ses_${index.toString(16).padStart(32, "0")}`

const folding = async () => {
  const { events } = await planRun(10)
  const one = initial(sessionId(1))
  const each = []
  for (let round = 0; round < rounds; round++)
    each.push(
      await cpu(() => {
        for (let index = 0; index < 1000; index++) events.reduce(evolve, one)
      })
    )
  say("folding 10,000 steps in 1,000 sessions, a step", `${((1000 * median(each)) / 10_000).toFixed(1)} µs`)
  const again = (index) =>
    events.map((event) => ("agent" in event ? { ...event, agent: sessionId(index * 1000 + event.seq) } : event))
  for (const count of [100, 1000]) {
    const all = Array.from({ length: count }, (_, index) => again(index)).flat()
    const times = []
    for (let round = 0; round < Math.min(3, rounds); round++) times.push(await cpu(() => all.reduce(evolve, one)))
    say(
      `folding ${count * 10} steps in one session, a step`,
      `${((1000 * median(times)) / (count * 10)).toFixed(1)} µs`
    )
  }
}

const deciding = async () => {
  const chained = Array.from({ length: 100 }, (_, index) => ({
    ...{
      id: `s${index}`,
      title: "t",
      task: "",
      role: "coder",
      inputs: [],
      files: [`src/{a,b}${index}/**/*.ts`, `x/${index}/*`]
    },
    ...{ check: { run: "npm test" }, dependsOn: index % 10 === 0 ? [] : [`s${index - 1}`] }
  }))
  const plan = { goal: "g", steps: chained }
  const state = { plan, status: "approved", steps: new Map() }
  const standing = { again: new Set(), busy: new Set() }
  const cases = {
    "problems of a plan of 100 steps": () => it.problemsOf(plan, ["coder"]),
    "predecessors in it": () => it.predecessors(chained),
    "which steps of it begin": () => it.startable(state, standing, 8),
    "which of it is merged next": () => it.mergeNext(state, new Set(), new Set(["s0"]))
  }
  for (const [name, body] of Object.entries(cases)) {
    body()
    const times = []
    for (let round = 0; round < rounds * 3; round++) times.push(await cpu(() => Array.from({ length: 5 }, body)))
    say(name, ms(median(times) / 5))
  }
}

const peakOf = (pid) => {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0)
  } catch {
    return 0
  }
}
const start = (args, home, cwd) =>
  new Promise((resolve) => {
    const { HOME, LANG, PATH } = process.env
    const began = performance.now()
    const child = spawn(process.execPath, args, {
      ...{ cwd, env: { HOME, LANG, PATH, CODE_MESH_HOME: home }, stdio: ["ignore", "pipe", "pipe"] }
    })
    let [peak, output] = [0, ""]
    const timer = setInterval(() => (peak = Math.max(peak, peakOf(child.pid))), 5)
    for (const pipe of [child.stdout, child.stderr]) pipe.on("data", (data) => (output += data))
    child.on("close", (code) => {
      clearInterval(timer)
      if (code !== 0) console.log(`exit ${code}: ${args.slice(1).join(" ")}: ${output.slice(0, 300)}`)
      resolve({ ms: performance.now() - began, mb: peak / 1024 })
    })
  })

const project = join(work, "project")
const homeWith = async (name, count) => {
  const home = join(work, name)
  mkdirSync(home)
  const events = await inWorld(
    10,
    Effect.gen(function* () {
      const { id } = yield* proposed
      return yield* logOf((yield* EventStore).read(id))
    })
  )
  const facts = events.map(bare).map((fact) => (fact.type === "session.created" ? { ...fact, root: project } : fact))
  const { database } = it.pathsOf({ CODE_MESH_HOME: home }, home)
  const keep = Effect.gen(function* () {
    const store = yield* EventStore
    for (let index = 1; index <= count; index++) {
      const state = initial(sessionId(index))
      const at = new Date(Date.UTC(2026, 0, 1) + index * 1000).toISOString()
      const stamped = yield* stamp(state, facts, at)
      yield* Effect.scoped(Effect.flatMap(store.lease(state.id), (lease) => store.append(lease, 0, stamped)))
    }
  })
  await Effect.runPromise(
    Effect.scoped(keep.pipe(Effect.provide(it.sqlite({ path: database })), Effect.provide(it.digest)))
  )
  return home
}

const startUp = async () => {
  mkdirSync(project)
  const homes = [
    ["1 plan", await homeWith("one", 1)],
    [`${plans} plans`, await homeWith("many", plans)]
  ]
  const last = (name) => sessionId(name === "1 plan" ? 1 : plans)
  const variants = homes.flatMap(([name, home]) => [
    [`plan show, of ${name}`, [program, "plan", "show", last(name)], home],
    [`session list, of ${name}`, [program, "session", "list"], home]
  ])
  const taken = new Map(variants.map(([name]) => [name, []]))
  for (let round = -1; round < rounds; round++)
    for (const [name, args, home] of variants) {
      const one = await start(args, home, project)
      if (round >= 0) taken.get(name).push(one)
    }
  for (const [name, all] of taken)
    say(name, `${ms(median(all.map((one) => one.ms)))}, ${median(all.map((one) => one.mb)).toFixed(0)} MB`)
}

const overheadOfProgram = async () => {
  const call = (name, input) => ({ calls: [{ name, input }] })
  const script = (name, turns) => {
    const file = join(work, `${name}.json`)
    writeFileSync(file, JSON.stringify({ turns }))
    return `scripted/${file}`
  }
  const planOf = (count) => [
    call("plan", {
      goal: "Bench",
      steps: drafts(count).map((one, index) => (index === 0 ? one : { ...one, depends_on: [`s${index - 1}`] }))
    }),
    { text: "Planned." },
    ...drafts(count).flatMap(({ files }) => [call("write", { file_path: files[0], content: "x\n" }), { text: "Done." }])
  ]
  const runOf = (count) => [
    ...drafts(count).flatMap(({ files }) => [
      call("write", { file_path: files[0], content: "x\n" }),
      call("read", { file_path: files[0] })
    ]),
    { text: "Done." }
  ]
  const home = join(work, "program")
  mkdirSync(home)
  writeFileSync(join(home, "config.toml"), "[agents]\nreview = false\nmax_count = 1\n")
  const [many, few] = [21, 1]
  const plan = (count) => [program, "plan", "--execute", "--yes", "-m", script(`plan${count}`, planOf(count)), "Bench"]
  const run = (count) => [program, "run", "--apply", "stage", "-m", script(`run${count}`, runOf(count)), "Bench"]
  const variants = { planMany: plan(many), planFew: plan(few), runMany: run(many), runFew: run(few) }
  const taken = Object.fromEntries(Object.keys(variants).map((name) => [name, []]))
  for (let round = -1; round < rounds; round++)
    for (const [name, args] of Object.entries(variants)) {
      const at = join(work, `${name}-${round}`)
      mkdirSync(at)
      const one = await start(args, home, at)
      if (round >= 0) taken[name].push(one.ms)
    }
  const each = (large, small) => (median(taken[large]) - median(taken[small])) / (many - few)
  const [mesh, single] = [each("planMany", "planFew"), each("runMany", "runFew")]
  say("a step of a plan, by the program", ms(mesh))
  say("two model calls of a single run with a tool each", ms(single))
  say("overhead a step, with its copy and merge", ms(mesh - single))
}

try {
  console.log(`Node ${process.version}, medians of ${rounds} rounds\n`)
  await folding()
  await deciding()
  await overheadInMemory()
  await startUp()
  await overheadOfProgram()
} finally {
  rmSync(bundle, { recursive: true, force: true })
  rmSync(work, { recursive: true, force: true })
}
