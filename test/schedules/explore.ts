/** Plays one case to its end: a person who has the plan carried out until it is done, whatever dies meanwhile. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { ScriptedTurn } from "../../src/adapters/memory/ScriptedModel.ts"
import { CodeMesh } from "../../src/domain/CodeMesh.ts"
import type { Event } from "../../src/domain/model/Event.ts"
import type { SessionId } from "../../src/domain/model/Ids.ts"
import type { SessionState } from "../../src/domain/session/State.ts"
import type { ModelRequest } from "../../src/ports/LanguageModel.ts"
import { root, textPart } from "../support/mesh.ts"
import { type Deed, done, type Fault, type PlanCase, planStep, startFiles } from "./planCase.ts"
import { type Disk, type Life, makeDisk, makeLife } from "./planWorld.ts"
import { drawing, simulate } from "./simulation.ts"

/** What a case came to. */
export interface Played {
  readonly plan: SessionId
  readonly state: SessionState
  readonly logs: ReadonlyMap<SessionId, ReadonlyArray<Event>>
  /** The most agents that asked the model at one time, and whether one limit of calls was kept. */
  readonly most: number
  /** Sessions whose copies are left. */
  readonly copies: ReadonlyArray<string>
  /** The hash that a replay of the plan's log comes to. */
  readonly replayed: string
  readonly tree: Readonly<Record<string, string>>
  /** The edits that the person came to make, oldest first. */
  readonly edited: ReadonlyArray<Deed>
  /** How the faults met the run. */
  readonly deaths: number
  readonly executions: number
}

const firstText = ({ messages }: ModelRequest): string => {
  const [part] = messages[0]?.parts ?? []
  return part?.type === "text" ? part.text : ""
}

/** The step whose agent asks; of the planner, nothing. */
const stepIn = (request: ModelRequest): string | undefined => /## Your step\nDo (\S+)/.exec(firstText(request))?.[1]

/** What the agent has read last, by path: its reads' answers come in the order in which it asked. */
const lastResults = ({
  messages
}: ModelRequest): ReadonlyArray<{ readonly ok: boolean; readonly text: string; readonly name: string }> =>
  (messages[messages.length - 1]?.parts ?? []).flatMap((part) =>
    part.type === "tool-result" ? [{ ok: part.ok, text: part.text, name: part.name }] : []
  )

const unnumbered = (text: string): string =>
  text
    .split("\n")
    .flatMap((line) => {
      const found = /^\s*\d+\t(.*)$/.exec(line)
      return found === null ? [] : [`${found[1]}\n`]
    })
    .join("")

/** An agent that reads its files, writes them with its deeds done, and says so. */
const obedient = (deeds: ReadonlyArray<Deed>, request: ModelRequest): ScriptedTurn => {
  const files = [...new Set(deeds.map(({ file }) => file))]
  const results = lastResults(request)
  const last = request.messages[request.messages.length - 1]?.parts.at(-1)
  if (results.some(({ name }) => name === "write")) return { text: "It is done." }
  if (results.length > 0)
    return {
      calls: files.flatMap((file, index) => {
        const found = results[index]
        const before = found?.ok === true ? unnumbered(found.text) : undefined
        const after = deeds.filter((deed) => deed.file === file).reduce(done, before)
        return after === undefined || after === before
          ? []
          : [{ name: "write", input: { file_path: `${root}/${file}`, content: after } }]
      }),
      text: "So be it."
    }
  if (last?.type === "text" && last.text.startsWith("The check of your step failed"))
    return { text: "It was the machine." }
  return { calls: files.map((file) => ({ name: "read", input: { file_path: `${root}/${file}` } })) }
}

/** A number from 0 to 1 for a word, the same for the same seed. */
const drawnFor = (seed: number, word: string): number => {
  let mixed = seed
  for (const letter of word) mixed = Math.imul(mixed ^ letter.charCodeAt(0), 0x01000193)
  return drawing(mixed)()
}

/** The world's answers in one case, with its faults in them, each once. */
const lifeOf = ({ faults, seed, steps, width }: PlanCase) => {
  const open = new Set<Fault>(faults)
  const calls = new Map<string, number>()
  const checks = new Map<string, number>()
  const busy = new Map<string, number>()
  let appends = 0
  let most = 0
  const take = <K extends Fault["kind"]>(kind: K, fits: (fault: Extract<Fault, { kind: K }>) => boolean) => {
    for (const fault of open) {
      if (fault.kind === kind && fits(fault as Extract<Fault, { kind: K }>)) {
        open.delete(fault)
        return fault as Extract<Fault, { kind: K }>
      }
    }
    return undefined
  }
  const nth = (of: Map<string, number>, key: string): number => {
    const n = of.get(key) ?? 0
    of.set(key, n + 1)
    return n
  }
  const answered = (request: ModelRequest): ScriptedTurn => {
    const id = stepIn(request)
    if (id === undefined)
      return lastResults(request).length > 0
        ? { text: "Here is the plan." }
        : { calls: [{ name: "plan", input: { goal: "Change the files", steps: [draft] } }] }
    const call = nth(calls, id)
    const error = take("error", (it) => it.step === id && it.call === call)
    if (error !== undefined) return { error: { kind: error.passing ? "overloaded" : "invalid" } }
    if (take("hang", (it) => it.step === id && it.call === call) !== undefined) return { hang: true }
    return obedient(steps.find((one) => one.id === id)?.deeds ?? [], request)
  }
  const life: Life = {
    width,
    answer: (request) => {
      const id = stepIn(request) ?? ""
      return { ...answered(request), delayMs: Math.floor(drawnFor(seed, `${id}.${calls.get(id) ?? 0}`) * 1000) }
    },
    command: (command) => {
      const n = nth(checks, command)
      const lasts = Math.floor(drawnFor(seed, `${command}.${n}`) * 1000)
      const fails = faults.some((it) => it.kind === "check" && `check ${it.step}` === command && n < it.times)
      return { lasts, code: fails ? 1 : 0, output: fails ? "1 failed\n" : "ok\n" }
    },
    appendFails: () => {
      appends += 1
      return take("append", (it) => it.nth === appends) !== undefined
    },
    calling: (session, by) => {
      const count = (busy.get(session) ?? 0) + by
      if (count === 0) busy.delete(session)
      else busy.set(session, count)
      most = Math.max(most, busy.size)
    }
  }
  return { life, most: () => most, take }
}

const draft = {
  id: "draft",
  title: "Draft",
  task: "",
  role: "coder",
  files: ["a.txt"],
  check: null,
  why_no_check: "it is replaced",
  depends_on: []
}

const proposed = (one: PlanCase) =>
  Effect.gen(function* () {
    const mesh = yield* CodeMesh
    const id = yield* mesh.start({ root, model: "scripted/test", mode: "plan" })
    yield* mesh.submit(id, { type: "Prompt", parts: [textPart("Change the files")] })
    yield* mesh.rest(id)
    const plan = { goal: "Change the files", steps: one.steps.map(planStep) }
    yield* mesh.submit(id, { type: "EditPlan", plan, what: "all of it" })
    yield* mesh.submit(id, { type: "ApprovePlan" })
    return id
  })

const readAll = (disk: Disk) =>
  Effect.gen(function* () {
    const logs = new Map<SessionId, ReadonlyArray<Event>>()
    for (const { session } of yield* disk.store.list)
      logs.set(session, Array.from(yield* Stream.runCollect(disk.store.read(session))))
    return logs
  })

const treeOf = (disk: Disk) =>
  Effect.gen(function* () {
    const tree: Record<string, string> = {}
    for (const { kind, name } of yield* disk.tree.list(root))
      if (kind === "file") tree[name] = new TextDecoder().decode(yield* disk.tree.read(name))
    return tree
  })

const edits = (disk: Disk, one: PlanCase, made: Array<Deed>) =>
  Effect.forEach(
    one.edits,
    ({ at, deed }) =>
      Effect.gen(function* () {
        yield* Effect.sleep(at)
        const bytes = yield* Effect.option(disk.tree.read(deed.file))
        const before = bytes._tag === "Some" ? new TextDecoder().decode(bytes.value) : undefined
        const after = done(before, deed)
        if (after === undefined || after === before) return
        yield* disk.tree.write(deed.file, new TextEncoder().encode(after))
        made.push(deed)
      }),
    { concurrency: "unbounded", discard: true }
  )

/** More executions than faults can stop. */
const mostExecutions = (one: PlanCase): number => one.faults.length * 2 + 3

const playing = (one: PlanCase) =>
  Effect.gen(function* () {
    const disk = yield* makeDisk(startFiles)
    const { life, most, take } = lifeOf(one)
    const edited: Array<Deed> = []
    const plan = yield* Ref.make<SessionId | undefined>(undefined)
    let deaths = 0
    let executions = 0
    let last: SessionState | undefined
    let replayed = ""
    const person = yield* Effect.fork(edits(disk, one, edited))
    const clock = yield* Deferred.make<number>()
    yield* Deferred.complete(
      clock,
      Effect.clockWith((it) => it.currentTimeMillis)
    )
    const began = yield* Deferred.await(clock)
    const due = (at: number) =>
      Effect.flatMap(
        Effect.clockWith((it) => it.currentTimeMillis),
        (now) => Effect.sleep(Math.max(0, began + at - now))
      )
    const isDone = () => last?.plan?.status === "done"
    while (!isDone() && executions < mostExecutions(one)) {
      const scope = yield* Scope.make()
      const { die, layer } = makeLife(disk, life)
      const context = yield* Layer.buildWithScope(layer, scope)
      const inLife = Effect.gen(function* () {
        const mesh = yield* CodeMesh
        const known = yield* Ref.get(plan)
        const id = known ?? (yield* proposed(one))
        yield* Ref.set(plan, id)
        while (!isDone() && executions < mostExecutions(one)) {
          executions += 1
          const limit = take("limit", () => true)
          const limits = limit === undefined ? {} : { options: { limits: { turns: limit.calls } } }
          const interrupts = yield* Effect.fork(
            Effect.forEach(
              one.faults.filter((it) => it.kind === "interrupt"),
              (fault) =>
                fault.kind !== "interrupt"
                  ? Effect.void
                  : Effect.zipRight(
                      due(fault.at),
                      Effect.suspend(() =>
                        take("interrupt", (it) => it === fault) === undefined
                          ? Effect.void
                          : Effect.asVoid(mesh.submit(id, { type: "Interrupt" }))
                      )
                    ),
              { concurrency: "unbounded", discard: true }
            )
          )
          yield* mesh.submit(id, { type: "ExecutePlan", ...limits })
          yield* mesh.rest(id)
          yield* Fiber.interrupt(interrupts)
          last = yield* mesh.show(id)
        }
        if (isDone()) yield* mesh.submit(id, { type: "Apply" })
        last = yield* mesh.show(id)
        replayed = yield* mesh.replay(Array.from(yield* Stream.runCollect(disk.store.read(id))))
      }).pipe(Effect.provide(context), Effect.exit)
      const deadly = one.faults.filter((it) => it.kind === "death")
      const death = Effect.raceAll([
        Effect.never,
        ...deadly.map((fault) =>
          fault.kind !== "death"
            ? Effect.never
            : Effect.flatMap(due(fault.at), () =>
                take("death", (it) => it === fault) === undefined ? Effect.never : Effect.void
              )
        )
      ])
      const running = yield* Effect.fork(inLife)
      const ended = yield* Effect.raceFirst(Effect.as(death, undefined), Fiber.join(running))
      if (ended === undefined) {
        deaths += 1
        die()
      }
      yield* Scope.close(scope, Exit.void)
      yield* Fiber.interrupt(running)
      if (ended === undefined) continue
      // What an append that failed does to a command is told to the person, who tries again.
      if (Exit.isFailure(ended)) executions += 1
      else if (executions >= mostExecutions(one) || isDone()) break
    }
    yield* Fiber.join(person)
    const id = yield* Ref.get(plan)
    if (id === undefined || last === undefined) return yield* Effect.dieMessage("there never was a plan")
    const played: Played = {
      plan: id,
      state: last,
      logs: yield* readAll(disk),
      most: most(),
      copies: (yield* disk.kept.list("copies")).map(({ name }) => name.slice("copies/".length)),
      replayed,
      tree: yield* treeOf(disk),
      edited,
      deaths,
      executions
    }
    return played
  })

/** Plays a case. */
export const explore = (one: PlanCase): Promise<Exit.Exit<Played, unknown>> => simulate(one.seed, playing(one))
