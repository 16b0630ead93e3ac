/** What a command's process leaves in the log: before the command begins, and again in a replay. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as NodeDigest from "../../../src/adapters/node/NodeDigest.ts"
import * as BpeTokenizer from "../../../src/adapters/shared/BpeTokenizer.ts"
import * as UnbashGrammar from "../../../src/adapters/shared/UnbashGrammar.ts"
import { recordStaged } from "../../../src/domain/agent/close.ts"
import { replay } from "../../../src/domain/agent/replay.ts"
import { logShell } from "../../../src/domain/agent/replayWorld.ts"
import type { Change } from "../../../src/domain/model/Change.ts"
import type { Event, Fact } from "../../../src/domain/model/Event.ts"
import { footprint } from "../../../src/domain/model/Footprint.ts"
import { link } from "../../../src/domain/session/chain.ts"
import { closeCut } from "../../../src/domain/session/decide.ts"
import { evolve } from "../../../src/domain/session/evolve.ts"
import { Session, stamp } from "../../../src/domain/session/Session.ts"
import { initial } from "../../../src/domain/session/State.ts"
import { defineTool, ToolFailure } from "../../../src/domain/tools/Tool.ts"
import { Shell, ShellFailed, type ShellRequest } from "../../../src/ports/Shell.ts"
import { CopyFailed } from "../../../src/ports/WorkingCopies.ts"
import { created, sessionId } from "../../support/events.ts"
import { inMesh, ofType, prompted, root, types } from "../../support/mesh.ts"

const request: ShellRequest = { command: "x", cwd: "/", sandbox: "off", network: false, timeout: 1, maxOutput: 1 }

/** A tool that runs two commands, and the shell that they run in: it says what it was asked to start. */
const world = (told: (pid: number) => Effect.Effect<void, ShellFailed> = () => Effect.void) => {
  let pid = 0
  const shell: Shell["Type"] = {
    run: ({ onStart }) =>
      Effect.gen(function* () {
        pid += 1
        const started = { pid, host: "h", started: `boot space ${pid}` }
        if (onStart !== undefined) yield* onStart(started)
        yield* told(pid)
        return { code: Option.some(0), ended: "exit", output: "", truncated: false, bytes: 0 }
      }),
    end: () => Effect.succeed("gone"),
    confinement: () => Effect.succeed({ kind: "none", note: "" })
  }
  const twice = defineTool({
    name: "twice",
    description: "runs two commands",
    input: Schema.Struct({}),
    prepare: () =>
      Effect.succeed({
        footprint: footprint({ read: [root] }),
        preview: "",
        run: Effect.gen(function* () {
          const shell = yield* Shell
          yield* shell.run(request)
          yield* shell.run(request)
          return { output: "ran" }
        }).pipe(Effect.catchTag("ShellFailed", (error) => new ToolFailure({ kind: error.kind, reason: error.message })))
      })
  })
  const model = { turns: [{ calls: [{ name: "twice", input: {} }] }, { text: "done" }] }
  return { shell, tools: [twice], model }
}

const again = (events: ReadonlyArray<Event>) =>
  replay(events).pipe(Effect.provide(Layer.mergeAll(NodeDigest.layer, BpeTokenizer.layer, UnbashGrammar.layer)))

describe("a command's process", () => {
  it.effect("is in the log, and the same in a replay", () =>
    Effect.gen(function* () {
      const { events } = yield* inMesh(world(), prompted("go"))
      const said = types(events)
      assert.deepStrictEqual(said.slice(said.indexOf("tool.started"), said.indexOf("tool.finished") + 1), [
        "tool.started",
        "tool.spawned",
        "tool.spawned",
        "tool.finished"
      ])
      assert.deepStrictEqual(
        ofType(events, "tool.spawned").map(({ host, pid, started }) => ({ host, pid, started })),
        [
          { host: "h", pid: 1, started: "boot space 1" },
          { host: "h", pid: 2, started: "boot space 2" }
        ]
      )
      assert.strictEqual(yield* again(events), events.at(-1)?.hash)
    })
  )

  it.effect("that a program left when it died replays too", () =>
    Effect.gen(function* () {
      const { events } = yield* inMesh(world(), prompted("go"))
      for (const kept of [1, 2]) {
        const upTo = events.findIndex((event) => event.type === "tool.spawned" && event.pid === kept) + 1
        const before = events.slice(0, upTo)
        const state = before.reduce(evolve, initial(events[0]?.session ?? sessionId(1)))
        const notes = new Map(Array.from(state.open, ([id]) => [id, "It was ended."] as const))
        const closing = yield* stamp(state, closeCut(state, notes), "2026-01-01T00:00:00.000Z").pipe(
          Effect.provide(NodeDigest.layer)
        )
        assert.strictEqual(yield* again([...before, ...closing]), closing.at(-1)?.hash)
      }
    })
  )

  it.effect("that the log does not have parts a replay from it", () =>
    Effect.gen(function* () {
      const { events } = yield* inMesh(world(), prompted("go"))
      let hash = ""
      const changed: Array<Event> = []
      for (const event of events) {
        const other = event.type === "tool.spawned" ? { ...event, host: "" } : event
        hash = yield* Effect.provide(link(hash, other), NodeDigest.layer)
        changed.push({ ...other, hash })
      }
      // Who ran it is the world's answer: another one is as good, and only the hashes tell.
      assert.strictEqual(yield* again(changed), hash)
      const nothing = { next: () => undefined, ahead: () => [], stopped: Effect.never }
      assert.isTrue(Exit.isFailure(yield* Effect.exit(logShell(nothing).run(request))))
    })
  )

  it.effect("whose start fails is an outcome of its call", () =>
    Effect.gen(function* () {
      const no = new ShellFailed({ kind: "spawn", reason: "the disk is full" })
      const { events } = yield* inMesh(
        world(() => Effect.fail(no)),
        prompted("go")
      )
      assert.match(ofType(events, "tool.finished")[0]?.output ?? "", /not started: the disk is full/)
      assert.strictEqual(yield* again(events), events.at(-1)?.hash)
    })
  )
})

it.effect("changes that are recorded are not lost, nor said twice, where the copy cannot keep its checkpoint", () =>
  inMesh(
    { model: { turns: [] } },
    Effect.gen(function* () {
      const id = sessionId(1)
      const begun: ReadonlyArray<Fact> = [
        created("/project"),
        { type: "prompt.submitted", turn: 1, parts: [{ type: "text", text: "go" }] }
      ]
      const handle = yield* Effect.flatMap(Session, (sessions) => sessions.create(id, begun))
      const change: Change = {
        path: "a",
        kind: "create",
        after: { hash: "1", size: 1, kind: "file" },
        added: 1,
        removed: 0
      }
      const full = new CopyFailed({ session: id, reason: "no room" })
      const copy: Parameters<typeof recordStaged>[1] = {
        session: id,
        workspace: {
          root: "/project",
          locate: () => Effect.die("unused"),
          read: () => Effect.die("unused"),
          write: () => Effect.die("unused"),
          remove: () => Effect.die("unused"),
          list: () => Effect.die("unused")
        },
        materialise: Effect.fail(full),
        checkpoint: (record) => Effect.zipRight(record([change]), Effect.fail(full))
      }
      const once = yield* recordStaged(handle, copy, 1, handle.record)
      assert.deepStrictEqual(types(once), ["changes.staged"])
      assert.deepStrictEqual(types(yield* recordStaged(handle, copy, 1, handle.record)), [])
    }).pipe(Effect.provide(Session.layer))
  )
)
