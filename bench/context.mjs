// `node bench/context.mjs [--turns N] [--rounds N]`: what the next request costs in a window of 4,000 tokens on a log of
// 10,000 turns that was never compacted: from the state as it was folded, with nothing remembered of it, to a request that
// fits; what making room takes before it, and a compaction after it. Beside it, as a floor, the same on a log of 20 turns,
// and one `JSON.stringify` of all the text. Own CPU time of this process, as medians over rounds in which all take turns.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { rolldown } from "rolldown"

const option = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? otherwise : Number(process.argv[at + 1])
}
const turns = option("turns", 10_000)
const rounds = option("rounds", 9)
const root = fileURLToPath(new URL("..", import.meta.url))

/** What is measured is no public export, so it is bundled here from its sources. */
const sources = [
  'export * as Effect from "effect/Effect"',
  'export * as Layer from "effect/Layer"',
  'export * as Stream from "effect/Stream"',
  'export { layer as tokenizer } from "./src/adapters/shared/BpeTokenizer.ts"',
  'export { compaction, nextRequest, roomFor, withAged } from "./src/domain/context/ContextWindow.ts"',
  'export { evolve } from "./src/domain/session/evolve.ts"',
  'export { initial } from "./src/domain/session/State.ts"',
  'export { LanguageModel } from "./src/ports/LanguageModel.ts"'
].join("\n")

const load = async (dir) => {
  const input = join(dir, "entry.ts")
  writeFileSync(input, sources.replaceAll('"./src', `"${root}src`))
  const resolve = { modules: [join(root, "node_modules")] }
  const bundle = await rolldown({ input, platform: "node", tsconfig: false, resolve, logLevel: "silent" })
  await bundle.write({
    dir: join(dir, "out"),
    format: "esm",
    entryFileNames: "entry.mjs",
    chunkFileNames: "[name].mjs"
  })
  await bundle.close()
  return import(pathToFileURL(join(dir, "out", "entry.mjs")))
}

/** Turns of a question, a call with some output, and an answer: new objects each time, so that nothing of them is known. */
const logOf = (count) => {
  const usage = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, cost: 0 }
  const facts = Array.from({ length: count }, (_, n) => [
    { type: "prompt.submitted", turn: n + 1, parts: [{ type: "text", text: `ask ${n} ${"word ".repeat(20)}` }] },
    { type: "tool.called", turn: n + 1, call: `c${n}`, name: "bash", input: `{"command":"npm test ${n}"}` },
    { type: "model.answered", turn: n + 1, step: 1, stop: "tool_use", usage },
    { type: "tool.finished", turn: n + 1, call: `c${n}`, ok: true, output: `const x${n} = f(${n});\n`.repeat(20) },
    { type: "part.text", turn: n + 1, text: `answer ${n} ${"word ".repeat(40)}` }
  ]).flat()
  const session = `ses_${"0".repeat(31)}1`
  const at = "2026-01-01T00:00:00.000Z"
  return facts.map((fact, index) => ({ v: 1, seq: index + 1, session, at, hash: "", ...fact }))
}

const bench = async (dir) => {
  const {
    compaction,
    Effect,
    evolve,
    initial,
    LanguageModel,
    Layer,
    nextRequest,
    roomFor,
    Stream,
    tokenizer,
    withAged
  } = await load(dir)
  const model = {
    stream: () => Stream.empty,
    describe: () => Effect.dieMessage("not asked"),
    available: Effect.succeed([])
  }
  const world = Layer.merge(tokenizer, Layer.succeed(LanguageModel, model))
  const run = (effect) => Effect.runPromise(Effect.provide(effect, world))
  const frameOf = (name) => ({
    model: { name, context: 4000, output: 1000, images: false, reasoning: false, tools: true },
    system: "You help.",
    tools: []
  })
  const taken = new Map()
  const time = async (what, work) => {
    const began = performance.now()
    const cpu = process.cpuUsage()
    const answer = await work()
    const { system, user } = process.cpuUsage(cpu)
    const all = taken.get(what) ?? []
    taken.set(what, [...all, { cpu: (system + user) / 1000, wall: performance.now() - began }])
    return answer
  }
  const request = async (what, events, name) => {
    const state = events.reduce(evolve, initial(events[0].session))
    const frame = frameOf(name)
    const next = await time(what, () =>
      run(
        Effect.gen(function* () {
          const { aged } = yield* roomFor(state, frame)
          return yield* nextRequest(withAged(state, aged), frame)
        })
      )
    )
    if (next.tokens > 4000 || next.request.messages.length === 0) throw new Error(`${what}: no request that fits`)
    return { frame, state }
  }
  for (let round = 0; round < rounds; round++)
    for (const name of ["openai/gpt-5.6", "anthropic/claude-sonnet-5-5"]) {
      await request(`20 turns, ${name}`, logOf(20), name)
      const { frame, state } = await request(`${turns} turns, ${name}`, logOf(turns), name)
      await time(`${turns} turns, ${name}, compaction`, () => run(compaction(state, frame)))
      const again = logOf(turns)
      await time(`${turns} turns, JSON.stringify`, () => JSON.stringify(again))
    }
  const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]
  const ms = (number) => number.toFixed(1).padStart(8)
  for (const [what, all] of taken) {
    const cpu = all.map((one) => one.cpu)
    const wall = median(all.map((one) => one.wall))
    console.log(`${what.padEnd(56)} CPU ${ms(median(cpu))} ms, first ${ms(cpu[0])} ms, wall ${ms(wall)} ms`)
  }
}

const dir = mkdtempSync(join(root, "node_modules", ".context-bench-"))
try {
  await bench(dir)
} finally {
  rmSync(dir, { recursive: true, force: true })
}
