/** `session follow|stop`: what a session that another process runs does now, and how a run in the background is ended. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { aliveRun, aliveRuns, stopRun } from "../../adapters/node/backgroundRuns.ts"
import { CodeMesh } from "../../domain/CodeMesh.ts"
import type { Event } from "../../domain/model/Event.ts"
import type { SessionId } from "../../domain/model/Ids.ts"
import type { Progress } from "../../domain/model/Progress.ts"
import { EventStore } from "../../ports/EventStore.ts"
import { storedEvents } from "../storedEvents.ts"
import { backgroundFolder } from "./background.ts"
import { conclude } from "./conclude.ts"
import { Io } from "./Io.ts"
import { exit, usage } from "./report.ts"
import type { RunChoices } from "./runOptions.ts"
import { namedOrNewest, sessionOf } from "./sessions.ts"
import type { Invocation } from "./spec.ts"
import { watcher } from "./watch.ts"
import { inWorld, type Phases } from "./world.ts"

/** The named session, else the one of this folder that went to the background last, else the newest. */
const followed = (word: string | undefined, root: string) =>
  Effect.gen(function* () {
    if (word !== undefined) return yield* sessionOf(word)
    const here = (yield* (yield* CodeMesh).list).filter((row) => row.root === root).map((row) => row.session)
    const [newest] = aliveRuns(yield* backgroundFolder)
      .filter((run) => here.includes(run.session))
      .sort((a, b) => (a.at < b.at ? 1 : -1))
    return newest?.session ?? (yield* namedOrNewest(undefined, root))
  })

/** The event before the newest turn. */
const beforeTurn = (id: SessionId) =>
  Effect.map(storedEvents(id), (events) => (events.findLast(({ type }) => type === "prompt.submitted")?.seq ?? 1) - 1)

const ends: ReadonlySet<string> = new Set(["turn.finished", "turn.failed", "turn.interrupted"])

/** Milliseconds that news may still come after a turn's end, as its changes are applied; and between two looks. */
const afterwards = 1000
const tick = 50

type News = Event | Progress

/** Shows news until the session rests: its turn has ended and nothing follows, or nobody writes to it any more. */
const untilRest = <E>(news: Stream.Stream<News, E>, show: (one: News) => Effect.Effect<void>) =>
  Effect.suspend(() => {
    let over = Number.POSITIVE_INFINITY
    const showing = Stream.runForEach(news, (one) => {
      if ("seq" in one && ends.has(one.type)) over = Date.now()
      if ("seq" in one && one.type === "prompt.submitted") over = Number.POSITIVE_INFINITY
      return show(one)
    })
    const rested = Effect.repeat(Effect.sleep(tick), { until: () => Date.now() > over + afterwards })
    return Effect.raceFirst(showing, Effect.asVoid(rested))
  })

const choicesOf = (format: RunChoices["format"]): RunChoices => ({
  model: undefined,
  mode: undefined,
  format,
  attended: false,
  apply: "stage",
  options: {},
  settings: {}
})

const shown = (id: SessionId, choices: RunChoices, phases: Phases) =>
  Effect.scoped(
    Effect.gen(function* () {
      const io = yield* Io
      const mesh = yield* CodeMesh
      const began = io.uptime()
      const view = yield* watcher(choices.format, phases)
      const left = yield* Deferred.make<void>()
      yield* io.onSignal(() => Deferred.unsafeDone(left, Effect.void))
      const news = untilRest(mesh.follow(id, yield* beforeTurn(id)), view.show)
      const gone = yield* Effect.raceFirst(Effect.as(news, false), Effect.as(Deferred.await(left), true))
      yield* view.clear
      if (!gone) return yield* conclude(id, choices, view.watched, began)
      yield* io.err(`You no longer follow ${id}; it goes on.\n`)
      return exit.interrupted
    })
  )

/** Shows what a session does, from its newest turn on, until it rests; ends as that turn does. A signal leaves it running. */
export const follow = (flags: { readonly format: Option.Option<"text" | "json" | "stream-json"> }, call: Invocation) =>
  inWorld(call, { quiet: true }, (root, phases) =>
    Effect.gen(function* () {
      const id = yield* followed(call.operands[0], root)
      return yield* shown(id, choicesOf(Option.getOrElse(flags.format, () => "text" as const)), phases)
    })
  )

/** Why a session cannot be stopped from here. */
const notHere = (id: SessionId) =>
  Effect.gen(function* () {
    const writer = yield* (yield* EventStore).writer(id)
    return Option.match(writer, {
      onNone: () => usage(`Nothing runs in ${id}.`, "`code-mesh status --detailed` shows what runs."),
      onSome: ({ host, pid }) =>
        usage(
          `${id} is not run in the background: process ${pid} on ${host} works on it.`,
          "Press Ctrl-C where it was started."
        )
    })
  })

/** Interrupts a run in the background, as Ctrl-C does one at a terminal. */
export const stop = (call: Invocation) =>
  inWorld(call, { quiet: true }, (root) =>
    Effect.gen(function* () {
      const io = yield* Io
      const id = yield* followed(call.operands[0], root)
      const run = aliveRun(yield* backgroundFolder, id)
      if (run === undefined) return yield* Effect.fail(yield* notHere(id))
      const how = yield* stopRun(run)
      if (how === "killed")
        yield* io.err("It did not end in 10 s and was killed; what it left open is closed when the session goes on.\n")
      yield* io.out(how === "gone" ? `${id} had ended by itself\n` : `stopped ${id}\n`)
      return exit.done
    })
  )
