/** `run`: one prompt, to its end. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Runtime from "effect/Runtime"
import * as Stream from "effect/Stream"
import { CodeMesh } from "../../domain/CodeMesh.ts"
import type { Event } from "../../domain/model/Event.ts"
import type { SessionId } from "../../domain/model/Ids.ts"
import type { PromptPart } from "../../domain/model/Message.ts"
import type { ModelName } from "../../domain/model/Model.ts"
import type { Progress } from "../../domain/model/Progress.ts"
import { Credentials } from "../../ports/Credentials.ts"
import { LanguageModel } from "../../ports/LanguageModel.ts"
import { askPermission, askQuestion, confirm } from "./asking.ts"
import { cassette } from "./cassettes.ts"
import { Io } from "./Io.ts"
import { promptParts } from "./promptParts.ts"
import { CliError, exit, inWords, told, usage } from "./report.ts"
import { type Ending, endingOf, failedEarly } from "./result.ts"
import { chosen, type RunChoices, type RunFlags } from "./runOptions.ts"
import { newestOf, sessionOf } from "./sessions.ts"
import type { Invocation } from "./spec.ts"
import { settleTrust } from "./trusting.ts"
import { visible } from "./visible.ts"
import { watcher } from "./watch.ts"
import { changeList, count, jsonLine } from "./words.ts"
import { inWorld, type Phases } from "./world.ts"

type Parts = readonly [PromptPart, ...ReadonlyArray<PromptPart>]

const noModel = new CliError(
  "No model can be used: there is no key, no model in the configuration, and no local server.",
  "Store a key with `code-mesh auth login`, set ANTHROPIC_API_KEY or OPENAI_API_KEY, start Ollama, or name a model with -m.",
  exit.noModel
)

/**
 * The model that answers: of the flag, of the environment, of the session, of the configuration, or the best there is.
 * The first two are named for this prompt, and no route chooses another.
 */
const pickModel = (wanted: ModelName | undefined, root: string, ofSession: ModelName | undefined) =>
  Effect.gen(function* () {
    const mesh = yield* CodeMesh
    const models = yield* LanguageModel
    const { config, origins } = yield* mesh.settings(root)
    if (wanted !== undefined) return { model: wanted, named: true }
    const configured = config.model?.default
    const now = /environment|CODE_MESH_/.test(origins.get("model.default") ?? "")
    if (configured !== undefined && now) return { model: configured, named: true }
    const own = ofSession ?? configured
    if (own !== undefined) return { model: own, named: false }
    const [first] = yield* models.available
    if (first !== undefined) return { model: first.name, named: false }
    // Keys that cannot be read are another matter than keys that are not there.
    yield* (yield* Credentials).list
    return yield* Effect.fail(noModel)
  })

/** The session to go on with, if flags name one; `-c` without any says so. */
const earlier = (flags: RunFlags, root: string) =>
  Effect.gen(function* () {
    const io = yield* Io
    const mesh = yield* CodeMesh
    const found = Option.isSome(flags.session)
      ? Option.some(yield* sessionOf(flags.session.value))
      : flags.last
        ? yield* newestOf(root)
        : Option.none<SessionId>()
    if (flags.last && Option.isNone(found)) yield* io.err("There is no session of this folder yet: a new one begins.\n")
    if (Option.isNone(found) || !flags.fork) return found
    return Option.some(yield* mesh.fork(found.value))
  })

/** Opens the session of a run; answers its id, its model, and the event after which the run begins. */
const openSession = (flags: RunFlags, choices: RunChoices, root: string) =>
  Effect.gen(function* () {
    const mesh = yield* CodeMesh
    const models = yield* LanguageModel
    const found = yield* earlier(flags, root)
    const before = Option.isSome(found) ? yield* mesh.show(found.value) : undefined
    const { model, named } = yield* pickModel(choices.model, before?.root ?? root, before?.model)
    yield* models.describe(model)
    if (before !== undefined && before.root !== root) yield* settleTrust(before.root)
    if (before !== undefined) return { id: before.id, model, named, after: flags.fork ? 0 : before.seq }
    const { apply, mode } = choices
    const id = yield* mesh.start({ root, model, apply, ...(mode === undefined ? {} : { mode }) })
    return { id, model, named, after: 0 }
  })

/** Answers what the turn asks, while it goes on. */
const answering = (id: SessionId, news: Event | Progress, over: Deferred.Deferred<void>) =>
  Effect.gen(function* () {
    const mesh = yield* CodeMesh
    const given = <A, R>(asking: Effect.Effect<A, never, R>) =>
      Effect.raceFirst(Effect.map(asking, Option.some), Effect.as(Deferred.await(over), Option.none<A>()))
    if (news.type === "tool.asked") {
      const reply = yield* given(askPermission(id, news))
      if (Option.isSome(reply))
        yield* Effect.ignore(mesh.submit(id, { type: "Reply", call: news.call, reply: reply.value }))
    }
    if (news.type === "question.asked") {
      const answer = yield* given(askQuestion(news))
      if (Option.isSome(answer))
        yield* Effect.ignore(mesh.submit(id, { type: "Answer", call: news.call, answer: answer.value }))
    }
  })

/** The first signal stops the turn and nothing else, so that the session can go on. */
const stopTurnOnSignal = (id: SessionId) =>
  Effect.gen(function* () {
    const io = yield* Io
    const mesh = yield* CodeMesh
    const runtime = yield* Effect.runtime()
    yield* io.onSignal(() => Runtime.runFork(runtime)(Effect.ignore(mesh.submit(id, { type: "Interrupt" }))))
  })

const runTurn = (
  session: Effect.Effect.Success<ReturnType<typeof openSession>>,
  parts: Parts,
  choices: RunChoices,
  phases: Phases
) =>
  Effect.scoped(
    Effect.gen(function* () {
      const { after, id, model, named } = session
      const options = named ? { ...choices.options, model } : choices.options
      const mesh = yield* CodeMesh
      const view = yield* watcher(choices.format, phases)
      const over = yield* Deferred.make<void>()
      yield* stopTurnOnSignal(id)
      yield* mesh.submit(id, { type: "Prompt", parts, options, whenBusy: "refuse" })
      const show = (news: Event | Progress) =>
        Effect.zipRight(view.show(news), choices.attended ? answering(id, news, over) : Effect.void)
      const watching = yield* Effect.forkScoped(Stream.runForEach(mesh.follow(id, after), show))
      yield* mesh.rest(id)
      yield* Deferred.succeed(over, undefined)
      const { seq } = yield* mesh.show(id)
      // What was recorded is told to its last event before the result is.
      const behind = Effect.map(Fiber.poll(watching), (ended) => Option.isNone(ended) && view.watched.seen < seq)
      yield* Effect.repeat(Effect.zipRight(Effect.sleep(1), behind), { while: (still) => still })
      yield* Fiber.interrupt(watching)
      yield* view.clear
      return view.watched
    })
  )

const offer = (id: SessionId) =>
  Effect.gen(function* () {
    const io = yield* Io
    const mesh = yield* CodeMesh
    const { text } = yield* mesh.diff(id)
    yield* io.err(`\n${visible(text)}\n`)
    if (!(yield* confirm("Apply these changes to the real files?"))) return []
    const events = yield* mesh.submit(id, { type: "Apply" })
    return events
  })

/** Asks before applying, where that is wanted and somebody is there; answers what waits after it. */
const settle = (id: SessionId, choices: RunChoices, watched: Effect.Effect.Success<ReturnType<typeof runTurn>>) =>
  Effect.gen(function* () {
    const io = yield* Io
    const mesh = yield* CodeMesh
    const { last, running } = yield* mesh.show(id)
    const { changes } = yield* mesh.diff(id)
    if (changes.length === 0 || running || last?.status !== "done" || choices.apply !== "ask") return changes
    if (!choices.attended) {
      yield* io.err("Nobody is at the terminal to be asked: the changes stay staged.\n")
      return changes
    }
    for (const event of yield* offer(id)) {
      if (event.type === "changes.applied") {
        watched.applied = event.changes
        yield* io.err(`applied ${count(event.changes.length, "file")}\n`)
      }
      if (event.type === "changes.conflicted") watched.conflicts = event.conflicts
    }
    return (yield* mesh.diff(id)).changes
  })

const stagedText = (ending: Ending, changes: Parameters<typeof changeList>[0]): string =>
  ending.result.staged
    ? `${count(changes.length, "file")} staged, the real files are as they were:\n${changeList(changes)}code-mesh apply ${ending.result.session}\n`
    : ""

const print = (ending: Ending, choices: RunChoices, changes: Parameters<typeof changeList>[0]) =>
  Effect.gen(function* () {
    const io = yield* Io
    const { result } = ending
    if (ending.told !== undefined) yield* io.err(inWords(ending.told))
    else if (result.status === "interrupted") yield* io.err("Interrupted. `code-mesh run -c` goes on.\n")
    yield* io.err(stagedText(ending, changes))
    if (choices.format === "json") return yield* io.out(jsonLine(result))
    if (choices.format === "stream-json") return yield* io.out(jsonLine({ type: "result", ...result }))
  })

/** The answer itself, before anything is asked about what it changed. */
const say = (choices: RunChoices, answer: string) =>
  Effect.flatMap(Io, (io) =>
    choices.format !== "text" || answer === "" ? Effect.void : io.out(answer.endsWith("\n") ? answer : `${answer}\n`)
  )

const go = (flags: RunFlags, choices: RunChoices, parts: Parts, root: string, phases: Phases) =>
  Effect.gen(function* () {
    const io = yield* Io
    const mesh = yield* CodeMesh
    const began = io.uptime()
    const session = yield* openSession(flags, choices, root)
    const watched = yield* runTurn(session, parts, choices, phases)
    const { last } = yield* mesh.show(session.id)
    if (last?.status === "done") yield* say(choices, watched.answer.join(""))
    const changes = yield* settle(session.id, choices, watched)
    const state = yield* mesh.show(session.id)
    const ending = endingOf(state, watched, changes, io.uptime() - began)
    yield* print(ending, choices, changes)
    return ending.code
  })

/** Programs that read JSON get an object also where a run fails before it begins. */
const early = (choices: RunChoices) => (error: unknown) =>
  Effect.gen(function* () {
    const io = yield* Io
    const one = told(error)
    if (choices.format === "text") return yield* Effect.fail(error)
    const result = failedEarly(one, io.uptime())
    yield* io.out(jsonLine(choices.format === "json" ? result : { type: "result", ...result }))
    return yield* Effect.fail(error)
  })

/** Runs one prompt to its end. */
export const run = (flags: RunFlags, call: Invocation) =>
  Effect.gen(function* () {
    const io = yield* Io
    const choices = yield* chosen(flags, io.attended)
    const parts = yield* promptParts(call.operands, flags.files)
    const tape = yield* cassette(flags)
    return yield* inWorld(call, { ...tape, flags: choices.settings }, (root, phases) =>
      Effect.catchAll(go(flags, choices, parts, root, phases), early(choices))
    )
  })

/** Goes on with the session that the first word names. */
export const resume = (flags: RunFlags, call: Invocation) => {
  const [id = "", ...operands] = call.operands
  return Option.isSome(flags.session) || flags.last
    ? Effect.fail(usage("'session resume' names its session itself.", "Leave -s and -c out."))
    : run({ ...flags, session: Option.some(id) }, { ...call, operands })
}
