/** A session whose program died comes to rest when it is opened again. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as NodeDigest from "../../../src/adapters/node/NodeDigest.ts"
import * as BpeTokenizer from "../../../src/adapters/shared/BpeTokenizer.ts"
import { recover } from "../../../src/domain/agent/recover.ts"
import { replay } from "../../../src/domain/agent/replay.ts"
import { CodeMesh } from "../../../src/domain/CodeMesh.ts"
import type { Fact } from "../../../src/domain/model/Event.ts"
import { CallId } from "../../../src/domain/model/Ids.ts"
import { Session } from "../../../src/domain/session/Session.ts"
import { Shell, type StartedProcess } from "../../../src/ports/Shell.ts"
import { type Copy, CopyFailed, WorkingCopies } from "../../../src/ports/WorkingCopies.ts"
import { created, sessionId } from "../../support/events.ts"
import { begun, eventsOf, eventually, inMesh, ofType, prompt, types } from "../../support/mesh.ts"

const id = sessionId(1)
const call = CallId.make("c")
const process: StartedProcess = { pid: 7, host: "h", started: "boot space 1" }
const started: ReadonlyArray<Fact> = [
  created("/project"),
  { type: "prompt.submitted", turn: 1, parts: [{ type: "text", text: "go" }] },
  { type: "tool.called", turn: 1, call, name: "bash", input: "{}" },
  { type: "tool.called", turn: 1, call: CallId.make("d"), name: "bash", input: "{}" },
  { type: "tool.started", turn: 1, call }
]
const spawned: ReadonlyArray<Fact> = [...started, { type: "tool.spawned", turn: 1, call, ...process }]

/** Leaves these facts behind as a dead program would. */
const left = (facts: ReadonlyArray<Fact>) =>
  Effect.scoped(Effect.flatMap(Session, (sessions) => sessions.create(id, facts)))

/** Recovers the session beside a shell that finds this, and a copy that cannot be opened where none is given. */
const recovered = (facts: ReadonlyArray<Fact>, found: "ended" | "gone" | "unreachable", copy?: Copy) =>
  inMesh(
    { model: { turns: [] } },
    Effect.gen(function* () {
      const asked: Array<StartedProcess> = []
      const shell = yield* Shell
      const copies = yield* WorkingCopies
      const end = (process: StartedProcess) =>
        Effect.as(
          Effect.sync(() => asked.push(process)),
          found
        )
      const open = () =>
        copy === undefined ? Effect.fail(new CopyFailed({ session: id, reason: "no disk" })) : Effect.succeed(copy)
      yield* left(facts)
      yield* Effect.flatMap(Session, (sessions) => sessions.open(id)).pipe(
        Effect.flatMap((handle) => Effect.zipRight(recover(handle), recover(handle))),
        Effect.provideService(Shell, { ...shell, end }),
        Effect.provideService(WorkingCopies, { ...copies, open }),
        Effect.scoped
      )
      return { asked, events: yield* eventsOf(id) }
    }).pipe(Effect.provide(Session.layer))
  )

const reasons = (events: Parameters<typeof ofType>[0]) => ofType(events, "tool.unknown").map((event) => event.reason)

describe("a session whose program died", () => {
  it.effect("has an outcome for each call, once, and says which may have had an effect", () =>
    Effect.gen(function* () {
      const { asked, events } = yield* recovered(started, "gone")
      assert.deepStrictEqual(asked, [])
      assert.deepStrictEqual(types(events.slice(5)), [
        "tool.unknown",
        "tool.unknown",
        "error.occurred",
        "turn.interrupted"
      ])
      assert.deepStrictEqual(
        ofType(events, "tool.unknown")
          .map((event) => [event.call, /not known/.test(event.reason)])
          .sort(),
        [
          ["c", true],
          ["d", false]
        ]
      )
    })
  )

  it.effect("has its commands ended, and whoever goes on is told", () =>
    Effect.gen(function* () {
      const { asked, events } = yield* recovered(spawned, "ended")
      assert.deepStrictEqual(asked, [process])
      assert.match(reasons(events).join(), /still running \(process 7 on h\) and has been ended/)
      const elsewhere = yield* recovered(spawned, "unreachable")
      assert.match(reasons(elsewhere.events).join(), /may still be running/)
      const over = yield* recovered(spawned, "gone")
      assert.notMatch(reasons(over.events).join(), /process 7/)
    })
  )

  it.effect("has what its working copy changed in its log, before its turn ends", () =>
    inMesh(
      {
        model: {
          turns: [
            { calls: [{ name: "write", input: { file_path: "n.txt", content: "n\n" } }] },
            { hang: true },
            { text: "ok" }
          ]
        }
      },
      Effect.gen(function* () {
        const mesh = yield* CodeMesh
        const session = yield* begun("go")
        yield* eventually(session, "tool.finished")
        // The log as a dead program leaves it, beside the copy that it worked in.
        const facts = (yield* eventsOf(session)).map(
          ({ at: _at, hash: _hash, seq: _seq, session: _session, v: _v, ...fact }) => fact as Fact
        )
        yield* mesh.submit(session, { type: "Interrupt" })
        const copies = yield* WorkingCopies
        const copy = yield* copies.open(id, "/project")
        yield* copy.workspace.write("n.txt", new TextEncoder().encode("n\n"))
        yield* Effect.provide(left(facts), Session.layer)
        const events = yield* prompt(id, "again")
        assert.deepStrictEqual(types(events.slice(facts.length, facts.length + 2)), [
          "changes.staged",
          "turn.interrupted"
        ])
        assert.deepStrictEqual(
          (yield* mesh.diff(id)).changes.map((change) => change.path),
          ["n.txt"]
        )
        assert.strictEqual(
          yield* replay(events).pipe(Effect.provide(Layer.mergeAll(NodeDigest.layer, BpeTokenizer.layer))),
          events.at(-1)?.hash
        )
      })
    )
  )

  it.effect("is copied at rest by a fork", () =>
    inMesh(
      { model: { turns: [{ text: "ok" }] } },
      Effect.gen(function* () {
        const mesh = yield* CodeMesh
        yield* Effect.provide(left(started), Session.layer)
        const fork = yield* mesh.fork(id)
        const events = yield* prompt(fork, "go on")
        assert.strictEqual(events.at(-1)?.type, "turn.finished")
        assert.isTrue((yield* mesh.show(id)).running)
      })
    )
  )
})
