/** A plan whose program is killed while agents work, and what must hold once it was resumed. */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { chainHolds } from "../../src/adapters/memory/invariants.ts"
import { keyRing } from "../../src/adapters/node/FileCredentials.ts"
import * as SqliteStore from "../../src/adapters/node/Sqlite.ts"
import { filePlace } from "../../src/adapters/node/secretPlaces.ts"
import { textSealing } from "../../src/adapters/node/textSealing.ts"
import type { Event } from "../../src/domain/model/Event.ts"
import { EventStore } from "../../src/ports/EventStore.ts"
import { type Desk, desk } from "../programs/cli/cli.ts"
import { ofType } from "../support/mesh.ts"
import { processesOf } from "./crash.ts"
import { fileOf, planProvider, steps } from "./planProvider.ts"

/** When the program is killed: in the n-th model call of an agent, in the n-th command, at a point that it passes, or by time. */
export type PlanDeath =
  | { readonly call: number }
  | { readonly command: number }
  | { readonly point: number }
  | { readonly millis: number }

type Logs = ReadonlyMap<string, ReadonlyArray<Event>>

const logsOf = (home: string): Promise<Logs> => {
  const path = join(home, "code-mesh.db")
  if (!existsSync(path)) return Promise.resolve(new Map())
  const keys = join(home, "auth.json")
  const sealing = textSealing(keyRing(filePlace(keys), keys), false)
  return Effect.runPromise(
    Effect.gen(function* () {
      const store = yield* EventStore
      const logs = new Map<string, ReadonlyArray<Event>>()
      for (const { session } of yield* store.list)
        logs.set(session, Array.from(yield* Stream.runCollect(store.read(session))))
      return logs
    }).pipe(Effect.provide(SqliteStore.layer({ path, sealing })))
  )
}

const planIn = (logs: Logs): string | undefined =>
  [...logs].find(([, events]) => ofType(events, "plan.approved").length > 0)?.[0]

const linesOf = (path: string): ReadonlyArray<string> =>
  existsSync(path)
    ? readFileSync(path, "utf8")
        .split("\n")
        .filter((line) => line !== "")
    : []

const pause = (millis: number) => new Promise<void>((resolve) => setTimeout(resolve, millis))

/** Waits until so many commands have begun, then kills; gives up where the program has ended. */
const killInCommand = async (ledger: string, nth: number, kill: () => void, over: () => boolean): Promise<void> => {
  while (!over()) {
    if (linesOf(ledger).filter((line) => line.startsWith("begin")).length >= nth) return kill()
    await pause(10)
  }
}

/** What one run came to. */
export interface PlanOutcome {
  readonly killed: boolean
  /** It was in the middle of a model call or of a command of an agent. */
  readonly inAgent: boolean
  readonly unknown: number
}

/** A breach, with everything that is known of the run. */
const must = (holds: boolean, what: string, known: () => unknown): void => {
  if (!holds) throw new Error(`${what}\n${JSON.stringify(known(), null, 1).slice(0, 12_000)}`)
}

/** Each command ran once at most; one that finished ran whole; one that was cut is told as unknown, or its try as failed. */
const checkCommands = (logs: Logs, ledger: ReadonlyArray<string>, known: () => unknown): number => {
  let unknown = 0
  for (const events of logs.values())
    for (const called of ofType(events, "tool.called")) {
      const word = /echo begin (\S+)/.exec(called.input)?.[1]
      if (word === undefined) continue
      const [begun, ended] = ["begin", "end"].map((it) => ledger.filter((line) => line === `${it} ${word}`).length)
      must((begun ?? 0) <= 1, `${word} ran ${begun} times`, known)
      const ends = events.filter((event) => "call" in event && event.call === called.call && event.turn === called.turn)
      if (ends.some(({ type }) => type === "tool.finished"))
        must(ended === 1, `${word} finished and did not end`, known)
      else if (begun === 1) {
        unknown += 1
        must(
          ends.some(({ type }) => type === "tool.unknown"),
          `${word} was cut, and nobody says so`,
          known
        )
      }
    }
  return unknown
}

/** Every step was merged once, by an agent whose check passed over what was merged. */
const checkSteps = (plan: ReadonlyArray<Event>, before: ReadonlyArray<Event>, known: () => unknown): void => {
  for (const step of steps) {
    const merged = ofType(plan, "task.finished").filter((event) => event.step === step)
    must(merged.length === 1 && merged[0]?.status === "verified", `${step} was merged ${merged.length} times`, known)
    const records = ofType(plan, "check.recorded").filter((event) => event.step === step)
    must(records.at(-1)?.ok === true, `${step} is verified without a record`, known)
    const wasDone = ofType(before, "task.finished").some((event) => event.step === step)
    const begunAgain = ofType(plan.slice(before.length), "task.started").some((event) => event.step === step)
    must(!(wasDone && begunAgain), `${step} was done, and was begun again`, known)
  }
}

const flags = ["--yes", "--apply", "auto", "--sandbox", "off"]

const environment = (url: string, more: Readonly<Record<string, string>> = {}) => ({
  ANTHROPIC_BASE_URL: url,
  ANTHROPIC_API_KEY: "sk-crash",
  CODE_MESH_MODEL: "anthropic/claude-sonnet-5-5",
  ...more
})

const start = (place: Desk, url: string, env: Readonly<Record<string, string>> = {}) =>
  place.start(["plan", "--execute", ...flags, "Three files"], { env: environment(url, env) })

/** The number of points that a plan passes, and the milliseconds that it takes. */
export const measurePlan = async (preload: string): Promise<{ readonly points: number; readonly millis: number }> => {
  const place = desk()
  const provider = await planProvider({
    asked: () => undefined,
    ledger: join(place.root, "../ledger"),
    mark: "measured"
  })
  try {
    const count = join(place.root, "../points")
    const began = Date.now()
    const env = { NODE_OPTIONS: `--require ${preload}`, KILL_COUNT: count }
    const ended = await start(place, provider.url, env).ended
    must(ended.code === 0, "the plan itself fails", () => ended)
    return { points: Number(readFileSync(count, "utf8")), millis: Date.now() - began }
  } finally {
    await provider.close()
    place.close()
  }
}

/** Kills a plan, resumes it, and checks what is promised. */
export const crashPlan = async (preload: string, seed: number, death: PlanDeath): Promise<PlanOutcome> => {
  const place = desk()
  const ledger = join(place.root, "../ledger")
  const mark = `plan-mark-${process.pid}-${seed}-x`
  let inAgent = false
  let kill: (() => void) | undefined
  const provider = await planProvider({
    ledger,
    mark,
    asked: (n) => {
      if (!("call" in death) || n !== death.call || kill === undefined) return undefined
      inAgent = true
      return pause(seed % 200).then(kill)
    }
  })
  try {
    const point = "point" in death ? { KILL_AT: String(death.point) } : {}
    const first = start(place, provider.url, { NODE_OPTIONS: `--require ${preload}`, ...point })
    let over = false
    void first.ended.then(() => {
      over = true
    })
    kill = () => void first.process.kill("SIGKILL")
    if ("millis" in death) setTimeout(kill, death.millis)
    if ("command" in death)
      void killInCommand(
        ledger,
        death.command,
        () => {
          inAgent = true
          kill?.()
        },
        () => over
      )
    const ended = await first.ended
    kill = undefined
    const before = await logsOf(place.home)
    const known = planIn(before)
    const again =
      known === undefined
        ? await start(place, provider.url).ended
        : await place.start(["plan", "resume", known, ...flags], { env: environment(provider.url) }).ended
    const logs = await logsOf(place.home)
    const plan = planIn(logs) ?? ""
    const events = logs.get(plan) ?? []
    const lines = linesOf(ledger)
    const told = () => ({
      seed,
      death,
      ended,
      again,
      lines,
      logs: [...logs].map(([id, all]) => [
        id,
        all.map(({ seq, type, ...rest }) =>
          [seq, type, "step" in rest ? rest.step : "", "reason" in rest ? rest.reason : ""].join(" ")
        )
      ])
    })
    const wasOver = ofType(before.get(plan) ?? [], "plan.finished").length > 0
    must(again.code === 0 || wasOver, "the plan does not go on", told)
    must(ofType(events, "plan.finished").at(-1)?.status === "done", "the plan is not done", told)
    for (const [id, all] of before)
      must(
        all.every((event, index) => logs.get(id)?.[index]?.hash === event.hash),
        "an event that was stored is gone",
        told
      )
    for (const all of logs.values()) {
      const breach = await Effect.runPromise(chainHolds(all))
      must(breach === undefined, `a log does not verify: ${breach?.what}`, told)
    }
    checkSteps(events, before.get(plan) ?? [], told)
    const unknown = checkCommands(logs, lines, told)
    must(processesOf(mark).length === 0, `${processesOf(mark).join()} runs on`, told)
    const copies = existsSync(join(place.home, "copies")) ? readdirSync(join(place.home, "copies")) : []
    const left = copies.filter((name) => name.startsWith("ses_") && !name.startsWith(plan))
    must(left.length === 0, `copies are left: ${left.join(", ")}`, told)
    if (wasOver) await place.start(["apply", plan]).ended
    for (const step of steps) must(place.get(fileOf(step)) === `${step} done\n`, `${step} is not in the tree`, told)
    return { killed: ended.signal === "SIGKILL", inAgent: inAgent && ended.signal === "SIGKILL", unknown }
  } finally {
    await provider.close()
    place.close()
  }
}
