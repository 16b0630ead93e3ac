/** Plays one case to its end: a person who has the plan carried out until it is done, whatever dies meanwhile. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { ScriptedTurn } from "../../src/adapters/memory/ScriptedModel.ts"
import { CodeMesh } from "../../src/domain/CodeMesh.ts"
import type { Event } from "../../src/domain/model/Event.ts"
import type { SessionId } from "../../src/domain/model/Ids.ts"
import { predecessors } from "../../src/domain/planner/graph.ts"
import { stepOf } from "../../src/domain/session/evolvePlan.ts"
import type { SessionState } from "../../src/domain/session/State.ts"
import { EventStore } from "../../src/ports/EventStore.ts"
import type { ModelRequest } from "../../src/ports/LanguageModel.ts"
import { root, textPart } from "../support/mesh.ts"
import { asked, type Deed, done, type Fault, type PlanCase, planStep, startFiles } from "./planCase.ts"
import { type Disk, type Life, makeDisk, makeLife } from "./planWorld.ts"
import { drawing, simulate } from "./simulation.ts"

/** What a case came to. */
export interface Played {
  readonly plan: SessionId
  readonly state: SessionState
  readonly logs: ReadonlyMap<SessionId, ReadonlyArray<Event>>
  /** The most agents of steps, and peers, that asked the model at one time. */
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

/** What somebody answers who is only asked; nothing for the planner and the agents of steps. */
const counsel = (request: ModelRequest, drawn: number): ScriptedTurn | undefined => {
  const text = firstText(request)
  if (text.startsWith("You are peer-")) {
    const ids = [...text.matchAll(/^- (\S+) \[/gm)].map(([, id]) => id)
    // Some leave all of them to others.
    return { text: `${ids[Math.floor(drawn * (ids.length + 0.3))] ?? "none"}\nIt suits me.` }
  }
  if (text.startsWith("Several agents did the same step")) return { text: `${1 + Math.floor(drawn * 3)}\nIt is plain.` }
  if (text.startsWith("You coordinate")) return { text: "give up\nIt cannot be done." }
  if (text.startsWith("Agents carried out a plan")) return { text: "It holds." }
  if (text.includes("## Your step\nMake ")) return { text: "It was the machine." }
  return undefined
}

/** Those who are asked beside the work, one at a time, are no agents at work; peers wait for work, and are. */
const atWork = (request: ModelRequest): boolean =>
  stepIn(request) !== undefined || /^You are peer-/.test(firstText(request))

/** Who competes for a step says so in what they write, so that there is something to choose. */
const signed = (deed: Deed, sign: string): Deed => (deed.do === "set" ? { ...deed, value: deed.value + sign } : deed)

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
  const isRead = results.every(({ name }) => name === "read")
  if (results.length > 0 && !isRead && results.every(({ ok }) => ok)) return { text: "It is done." }
  // What was changed under its hands it reads again.
  if (results.length > 0 && isRead)
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
const lifeOf = ({ faults, seed, steps, strategy, width }: PlanCase) => {
  const open = new Set<Fault>(faults)
  const calls = new Map<string, number>()
  const checks = new Map<string, number>()
  const busy = new Map<string, number>()
  const tried = new Map<string, Array<string>>()
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
  const signOf = (id: string, session: string): string => {
    if (strategy !== "swarm") return ""
    const known = tried.get(id) ?? []
    if (!known.includes(session)) tried.set(id, [...known, session])
    return `~${(tried.get(id) ?? []).indexOf(session)}`
  }
  const answered = (request: ModelRequest): ScriptedTurn => {
    const id = stepIn(request)
    const said = counsel(request, drawnFor(seed, `${asked}.${calls.get(asked) ?? 0}`))
    if (said !== undefined) return troubled(asked) ?? said
    if (id === undefined)
      return lastResults(request).length > 0
        ? { text: "Here is the plan." }
        : { calls: [{ name: "plan", input: { goal: "Change the files", steps: [draft] } }] }
    const sign = signOf(id, request.session ?? "")
    const deeds = steps.find((one) => one.id === id)?.deeds ?? []
    const own = deeds.map((deed) => signed(deed, sign))
    return troubled(id) ?? obedient(own, request)
  }
  const troubled = (id: string): ScriptedTurn | undefined => {
    const call = nth(calls, id)
    const error = take("error", (it) => it.step === id && it.call === call)
    if (error !== undefined) return { error: { kind: error.passing ? "overloaded" : "invalid" } }
    if (take("hang", (it) => it.step === id && it.call === call) !== undefined) return { hang: true }
    return undefined
  }
  const life: Life = {
    width,
    candidates: 2,
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
    calling: (request, by) => {
      if (!atWork(request)) return
      const { session = "" } = request
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

/** How far the person has come, over all lives of the program. */
interface Course {
  plan?: SessionId
  state?: SessionState
  replayed: string
  executions: number
  deaths: number
  over: boolean
}

const now = Effect.clockWith((clock) => clock.currentTimeMillis)

/** Waits until a moment of the case. */
const due = (began: number, at: number) => Effect.flatMap(now, (time) => Effect.sleep(Math.max(0, began + at - time)))

type Take = ReturnType<typeof lifeOf>["take"]

/** Cancels steps at the moments that the case has for that; one that is done cannot be cancelled any more. */
const cancelling = (one: PlanCase, id: SessionId, began: number, take: Take) =>
  Effect.forEach(
    one.faults.flatMap((fault) => (fault.kind === "cancel" ? [fault] : [])),
    (fault) =>
      Effect.gen(function* () {
        yield* due(began, fault.at)
        if (take("cancel", (it) => it === fault) === undefined) return
        yield* Effect.ignore((yield* CodeMesh).submit(id, { type: "CancelStep", step: fault.step }))
      }),
    { concurrency: "unbounded", discard: true }
  )

/** Whether nothing more can be done: all is done but what was cancelled, and what depends on that. */
const isOver = ({ plan }: SessionState): boolean => {
  if (plan === undefined || plan.status === "done") return true
  const before = predecessors(plan.plan.steps)
  const isCancelled = (id: string) => stepOf(plan, id).phase === "cancelled"
  return (
    plan.plan.steps.some(({ id }) => isCancelled(id)) &&
    plan.plan.steps.every(
      ({ id }) =>
        isCancelled(id) ||
        [...(before.get(id) ?? [])].some(isCancelled) ||
        ["verified", "unverified"].includes(stepOf(plan, id).phase)
    )
  )
}

/** Interrupts the plan at the moments that the case has for that. */
const interrupting = (one: PlanCase, id: SessionId, began: number, take: Take) =>
  Effect.forEach(
    one.faults.flatMap((fault) => (fault.kind === "interrupt" ? [fault] : [])),
    (fault) =>
      Effect.gen(function* () {
        yield* due(began, fault.at)
        if (take("interrupt", (it) => it === fault) === undefined) return
        yield* (yield* CodeMesh).submit(id, { type: "Interrupt" })
      }),
    { concurrency: "unbounded", discard: true }
  )

/** What the person does with one program: they have the plan carried out until it is done, and apply it. */
const inLife = (one: PlanCase, course: Course, began: number, take: Take) =>
  Effect.gen(function* () {
    const mesh = yield* CodeMesh
    const store = yield* EventStore
    const id = course.plan ?? (yield* proposed(one))
    course.plan = id
    while (!isOver(yield* mesh.show(id)) && course.executions < mostExecutions(one)) {
      course.executions += 1
      const limit = take("limit", () => true)
      const limits = limit === undefined ? {} : { options: { limits: { turns: limit.calls } } }
      const interrupts = yield* Effect.fork(interrupting(one, id, began, take))
      const cancels = yield* Effect.fork(cancelling(one, id, began, take))
      const strategy = one.strategy === undefined ? {} : { strategy: one.strategy }
      yield* mesh.submit(id, { type: "ExecutePlan", ...limits, ...strategy })
      yield* mesh.rest(id)
      yield* Fiber.interruptAll([interrupts, cancels])
    }
    const { changes } = yield* mesh.diff(id)
    if (isOver(yield* mesh.show(id)) && changes.length > 0) yield* mesh.submit(id, { type: "Apply" })
    course.state = yield* mesh.show(id)
    course.replayed = yield* mesh.replay(Array.from(yield* Stream.runCollect(store.read(id))))
    course.over = true
  })

/** One program, from its start to its end or its death. */
const living = (one: PlanCase, course: Course, began: number, disk: Disk, world: ReturnType<typeof lifeOf>) =>
  Effect.gen(function* () {
    const { life, take } = world
    const scope = yield* Scope.make()
    const { die, layer } = makeLife(disk, life)
    const context = yield* Layer.buildWithScope(layer, scope)
    const running = yield* Effect.fork(Effect.exit(Effect.provide(inLife(one, course, began, take), context)))
    const deaths = one.faults.flatMap((fault) => (fault.kind === "death" ? [fault] : []))
    const death = Effect.raceAll([
      Effect.never,
      ...deaths.map((fault) =>
        Effect.flatMap(due(began, fault.at), () =>
          take("death", (it) => it === fault) === undefined ? Effect.never : Effect.succeed("dead" as const)
        )
      )
    ])
    const ended = yield* Effect.raceFirst(death, Fiber.join(running))
    if (ended === "dead") {
      course.deaths += 1
      die()
    } else if (Exit.isFailure(ended)) course.executions += 1
    yield* Scope.close(scope, Exit.void)
    yield* Fiber.interrupt(running)
  })

const playing = (one: PlanCase) =>
  Effect.gen(function* () {
    const disk = yield* makeDisk(startFiles)
    const world = lifeOf(one)
    const edited: Array<Deed> = []
    const course: Course = { replayed: "", executions: 0, deaths: 0, over: false }
    const person = yield* Effect.fork(edits(disk, one, edited))
    const began = yield* now
    // A command that failed with the log is told to the person, who tries again.
    while (!course.over && course.executions < mostExecutions(one) + one.faults.length)
      yield* living(one, course, began, disk, world)
    yield* Fiber.join(person)
    // The next program finds what others have left.
    yield* Effect.scoped(
      Effect.provide(
        Effect.flatMap(CodeMesh, ({ tidy }) => tidy),
        makeLife(disk, world.life).layer
      )
    )
    const { plan, state } = course
    if (plan === undefined || state === undefined) return yield* Effect.dieMessage("it never came to an end")
    const played: Played = {
      ...course,
      plan,
      state,
      logs: yield* readAll(disk),
      most: world.most(),
      copies: (yield* disk.kept.list("copies")).map(({ name }) => name.slice("copies/".length)),
      tree: yield* treeOf(disk),
      edited
    }
    return played
  })

/** Plays a case. */
export const explore = (one: PlanCase): Promise<Exit.Exit<Played, unknown>> => simulate(one.seed, playing(one))
