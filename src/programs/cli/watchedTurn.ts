/** A turn from the command that begins it to its rest: shown while it goes, its questions answered, stopped by a signal. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Runtime from "effect/Runtime"
import * as Stream from "effect/Stream"
import { CodeMesh } from "../../domain/CodeMesh.ts"
import type { Command } from "../../domain/model/Command.ts"
import type { Event } from "../../domain/model/Event.ts"
import type { SessionId } from "../../domain/model/Ids.ts"
import type { Progress } from "../../domain/model/Progress.ts"
import { askPermission, askQuestion } from "./asking.ts"
import { Io } from "./Io.ts"
import type { RunChoices } from "./runOptions.ts"
import { type View, watcher } from "./watch.ts"
import type { Phases } from "./world.ts"

type Asked = Extract<Event, { readonly type: "tool.asked" | "question.asked" }>

const settles: ReadonlySet<string> = new Set(["tool.allowed", "tool.refused", "tool.unknown", "question.answered"])

/** Waits until a question is settled otherwise: somebody else answered it, or the agent that asks was stopped. */
const settled = (id: SessionId, { call, seq }: Asked) =>
  Effect.gen(function* () {
    const mesh = yield* CodeMesh
    const is = (news: Event | Progress) => settles.has(news.type) && "call" in news && news.call === call
    yield* Stream.runHead(Stream.filter(mesh.follow(id, seq), is))
    const io = yield* Io
    yield* io.err("\nThis is no longer asked.\n")
  }).pipe(Effect.catchAll(() => Effect.never))

/** Answers what the turn asks, its agents among it, while it goes on. */
const answering = (id: SessionId, news: Event | Progress, over: Deferred.Deferred<void>) =>
  Effect.gen(function* () {
    if (news.type !== "tool.asked" && news.type !== "question.asked") return
    const mesh = yield* CodeMesh
    const moot = Effect.raceFirst(Deferred.await(over), settled(id, news))
    const given = <A, R>(asking: Effect.Effect<A, never, R>) =>
      Effect.raceFirst(Effect.map(asking, Option.some), Effect.as(moot, Option.none<A>()))
    const { call } = news
    if (news.type === "tool.asked") {
      const reply = yield* given(askPermission(id, news))
      if (Option.isSome(reply)) yield* Effect.ignore(mesh.submit(id, { type: "Reply", call, reply: reply.value }))
      return
    }
    const answer = yield* given(askQuestion(news))
    if (Option.isSome(answer)) yield* Effect.ignore(mesh.submit(id, { type: "Answer", call, answer: answer.value }))
  })

/** The first signal stops the turn and nothing else, so that the session can go on. */
const stopTurnOnSignal = (id: SessionId) =>
  Effect.gen(function* () {
    const io = yield* Io
    const mesh = yield* CodeMesh
    const runtime = yield* Effect.runtime()
    yield* io.onSignal(() => Runtime.runFork(runtime)(Effect.ignore(mesh.submit(id, { type: "Interrupt" }))))
  })

/** Where a turn begins: its session, and the newest event before it. */
interface Begin {
  readonly id: SessionId
  readonly after: number
}

/** Submits a command that begins a turn, and shows what comes of it until the session rests; answers what was seen. */
export const watchedTurn = (
  session: Begin,
  command: Command,
  choices: Pick<RunChoices, "format" | "attended">,
  phases: Phases
) => Effect.flatMap(watcher(choices.format, phases), (view) => viewedTurn(session, command, choices.attended, view))

/** The same, shown by a view of one's own. */
export const viewedTurn = ({ after, id }: Begin, command: Command, attended: boolean, view: View) =>
  Effect.scoped(
    Effect.gen(function* () {
      const mesh = yield* CodeMesh
      const over = yield* Deferred.make<void>()
      yield* stopTurnOnSignal(id)
      yield* mesh.submit(id, command)
      const show = (news: Event | Progress) =>
        Effect.zipRight(view.show(news), attended ? answering(id, news, over) : Effect.void)
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
