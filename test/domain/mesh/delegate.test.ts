/** Agents that work for the calls of another one: their copy, rights and budget, their outcome, and what a replay makes of it. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { ScriptedTurn } from "../../../src/adapters/memory/ScriptedModel.ts"
import { CodeMesh } from "../../../src/domain/CodeMesh.ts"
import type { TurnOptions } from "../../../src/domain/model/Command.ts"
import type { SessionId } from "../../../src/domain/model/Ids.ts"
import type { Json } from "../../../src/domain/model/Json.ts"
import type { EventStore } from "../../../src/ports/EventStore.ts"
import type { ModelRequest } from "../../../src/ports/LanguageModel.ts"
import { WorkingCopies } from "../../../src/ports/WorkingCopies.ts"
import { begun, eventsOf, eventually, inMesh, ofType, prompt, prompted, root, types } from "../../support/mesh.ts"

type Calls = NonNullable<ScriptedTurn["calls"]>

const write = (path: string, content: string): Calls[number] => ({
  name: "write",
  input: { file_path: `${root}/${path}`, content }
})
const read = (path: string): Calls[number] => ({ name: "read", input: { file_path: `${root}/${path}` } })
const task = (agent: string, prompt: string): Calls[number] => ({ name: "task", input: { agent, prompt } })

/** The task that an agent was given; nothing in the person's own session. */
const taskIn = ({ messages, system }: ModelRequest): string => {
  const [part] = messages[0]?.parts ?? []
  return /# Role /.test(system) && part?.type === "text" ? part.text : ""
}

/** How often this session's model has answered before. */
const stepOf = ({ messages }: ModelRequest): number => messages.filter(({ role }) => role === "assistant").length

/** Each session plays its own list of answers: the person's, and one for each task, by its words. */
const played =
  (own: ReadonlyArray<ScriptedTurn>, tasks: Readonly<Record<string, ReadonlyArray<ScriptedTurn>>> = {}) =>
  (request: ModelRequest): ScriptedTurn => {
    const given = taskIn(request)
    return (given === "" ? own : (tasks[given] ?? []))[stepOf(request)] ?? { text: "Nothing more." }
  }

const agentsOf = (events: Parameters<typeof ofType>[0]) => ofType(events, "agent.spawned")
const outputs = (events: Parameters<typeof ofType>[0]) =>
  ofType(events, "tool.finished").map(({ ok, output }) => [ok, output])

const changed = (session: SessionId) =>
  Effect.flatMap(CodeMesh, (mesh) =>
    Effect.map(mesh.diff(session), ({ changes }) => changes.map(({ kind, path }) => `${kind} ${path}`))
  )

const replayed = (session: SessionId) =>
  Effect.gen(function* () {
    const mesh = yield* CodeMesh
    const { hash } = yield* mesh.show(session)
    assert.strictEqual(yield* mesh.replay(yield* eventsOf(session)), hash)
  })

describe("The tool task", () => {
  it.effect(
    "lets an agent work in a copy that begins with what is staged; what it changed joins, and its last words are the result",
    () =>
      inMesh(
        {
          files: { "b.txt": "old\n" },
          model: played(
            [{ calls: [write("a.txt", "mine\n")] }, { calls: [task("Coder ", "Do b")] }, { text: "Done." }],
            {
              "Do b": [{ calls: [read("a.txt"), write("c.txt", "new\n")] }, { text: "c is there." }]
            }
          )
        },
        Effect.gen(function* () {
          const mesh = yield* CodeMesh
          const { events, session } = yield* prompted("Do it")
          const [spawned] = agentsOf(events)
          assert.isDefined(spawned)
          if (spawned === undefined) return
          assert.deepStrictEqual(
            types(events).filter((type) => /^(agent|changes)\./.test(type)),
            ["agent.spawned", "changes.staged", "changes.staged", "agent.ended"]
          )
          assert.deepStrictEqual(
            ofType(events, "changes.staged").map((it) => it.agent),
            [spawned.agent, spawned.agent]
          )
          const [ended] = ofType(events, "agent.ended")
          assert.deepInclude(ended, { role: "coder", result: "done", calls: 2, model: "scripted/test" })
          assert.deepStrictEqual(yield* changed(session), ["create a.txt", "create c.txt"])
          assert.match(String(outputs(events).at(-1)?.[1]), /^c is there\.\n\n\[coder ses_\w+: changed c\.txt\]$/)
          const child = yield* eventsOf(spawned.agent)
          const [created] = ofType(child, "session.created")
          assert.deepStrictEqual(created?.parent, { session, role: "coder", path: ["coder"], call: spawned.call })
          assert.deepStrictEqual(outputs(child)[0]?.[0], true)
          assert.deepStrictEqual((yield* mesh.diff(spawned.agent)).changes, [])
          yield* replayed(session)
          yield* replayed(spawned.agent)
        })
      )
  )

  it.live("runs several side by side, and takes over what they did in the order of the calls, whoever was faster", () =>
    inMesh(
      {
        model: played(
          [{ calls: [task("coder", "slow"), task("coder", "fast"), task("explainer", "look")] }, { text: "Done." }],
          {
            slow: [{ delayMs: 150, calls: [write("x.txt", "slow\n")] }, { text: "slow." }],
            fast: [{ calls: [write("x.txt", "fast\n")] }, { text: "fast." }],
            look: [{ text: "It is so." }]
          }
        )
      },
      Effect.gen(function* () {
        const { events, session } = yield* prompted("Do it")
        assert.deepStrictEqual(
          agentsOf(events).map(({ path }) => path),
          [["coder"], ["coder 2"], ["explainer"]]
        )
        const ended = ofType(events, "agent.ended").map(({ result, role }) => `${role} ${result}`)
        assert.deepStrictEqual(ended, ["coder done", "coder failed", "explainer done"])
        const [first, second, third] = outputs(events)
        assert.match(String(first?.[1]), /changed x\.txt\]$/)
        assert.match(
          String(second?.[1]),
          /done, but what it changed conflicts with what is here now: x\.txt\. Nothing of it was taken over\.\]$/
        )
        assert.deepStrictEqual([first?.[0], second?.[0], third?.[0]], [true, false, true])
        // All began before the first had ended.
        assert.isBelow(types(events).lastIndexOf("agent.spawned"), types(events).indexOf("agent.ended"))
        assert.deepStrictEqual(yield* changed(session), ["create x.txt"])
        yield* replayed(session)
      })
    )
  )

  it.effect("names no agent that there is not, begins none too deep, and none where the settings allow none", () => {
    const deep = played([{ calls: [task("coder", "one")] }], {
      one: [{ calls: [task("coder", "two")] }, { text: "one." }],
      two: [{ calls: [task("coder", "three")] }, { text: "two." }]
    })
    const spawnedIn = (config: Json) =>
      inMesh(
        { config, model: deep },
        Effect.map(prompted("Do it"), ({ session }) => session).pipe(Effect.flatMap(depthOf))
      )
    return Effect.gen(function* () {
      assert.strictEqual(yield* spawnedIn({}), 2)
      assert.strictEqual(yield* spawnedIn({ agents: { max_depth: 1 } }), 1)
      assert.strictEqual(yield* spawnedIn({ agents: { max_depth: 0 } }), 0)
      const wrong = played([{ calls: [task("wizard", "x"), task("coder", " ")] }])
      const { events } = yield* inMesh({ model: wrong }, prompted("Do it"))
      assert.match(
        String(outputs(events)[0]?.[1]),
        /^no_such_agent: There is no agent "wizard"\. There are: coordinator, /
      )
      assert.match(String(outputs(events)[1]?.[1]), /^invalid: Say what is to be done/)
    })
  })

  it.effect("gives an agent no more rights than the one that began it has", () => {
    const model = played([{ calls: [task("coder", "write")] }, { text: "Done." }], {
      write: [{ calls: [write("a.txt", "x")] }, { text: "Tried." }]
    })
    const resultOf = (options: TurnOptions, config: Json = {}) =>
      inMesh(
        { model, config },
        Effect.gen(function* () {
          const { events, session } = yield* prompted("Do it", options)
          const child = yield* eventsOf(agentsOf(events)[0]?.agent ?? session)
          yield* replayed(session)
          const [refused] = ofType(child, "tool.refused")
          return refused?.reason ?? outputs(child)[0]?.[1]
        })
      )
    return Effect.gen(function* () {
      assert.match(String(yield* resultOf({ mode: "plan" })), /plan mode only reads/)
      const deny: TurnOptions = { rules: [{ decision: "deny", rule: "edit(a.txt)" }] }
      assert.match(String(yield* resultOf(deny)), /Denied by edit\(a\.txt\)/)
      const few = { modes: { few: { tools: ["read", "task"] } } }
      assert.match(String(yield* resultOf({ mode: "few" }, few)), /^no_such_tool: .*There are: read, task\.$/)
      assert.match(String(yield* resultOf({})), /a\.txt/)
    })
  })

  it.live("asks the person through the session above, where somebody is there", () =>
    inMesh(
      {
        model: played([{ calls: [task("coder", "write")] }, { text: "Done." }], {
          write: [{ calls: [write("a.txt", "x")] }, { text: "Written." }]
        })
      },
      Effect.gen(function* () {
        const mesh = yield* CodeMesh
        const rules = [{ decision: "ask", rule: "edit(a.txt)" }] as const
        const session = yield* begun("Do it", { attended: true, rules })
        const asked = yield* eventually(session, "tool.asked")
        assert.deepStrictEqual(asked.from?.path, ["coder"])
        yield* mesh.submit(session, { type: "Reply", call: asked.call, reply: "once" })
        yield* mesh.rest(session)
        assert.deepStrictEqual(yield* changed(session), ["create a.txt"])
        yield* replayed(session)
      })
    )
  )

  it.effect("pays an agent from the budget of the one that began it", () =>
    inMesh(
      {
        config: { budget: { max_calls: 3 } },
        model: played([{ calls: [task("coder", "long")] }, { text: "Done." }], {
          long: Array.from({ length: 9 }, (_, n) => ({ calls: [write(`${n}.txt`, "x")] }))
        })
      },
      Effect.gen(function* () {
        const { events, session } = yield* prompted("Do it")
        const [ended] = ofType(events, "agent.ended")
        assert.deepInclude(ended, { result: "failed", reason: ofType(events, "turn.failed")[0]?.error.message })
        const child = yield* eventsOf(ended?.agent ?? session)
        assert.deepStrictEqual(
          [ofType(events, "model.answered").length, ofType(child, "model.answered").length],
          [1, 2]
        )
        assert.deepStrictEqual(ofType(events, "turn.failed")[0]?.reason, "limited")
        assert.deepStrictEqual(yield* changed(session), [])
        yield* replayed(session)
      })
    )
  )

  it.effect("counts what an agent used in the turns that follow", () =>
    inMesh(
      {
        config: { budget: { max_calls: 4 } },
        model: played([{ calls: [task("coder", "say")] }, { text: "Done." }, { calls: [write("b.txt", "x")] }], {
          say: [{ text: "Said." }]
        })
      },
      Effect.gen(function* () {
        const { session } = yield* prompted("Do it")
        const events = yield* prompt(session, "More")
        assert.deepStrictEqual(types(ofType(events, "turn.finished")).length, 1)
        assert.strictEqual(ofType(events, "turn.failed")[0]?.reason, "limited")
        yield* replayed(session)
      })
    )
  )

  it.live("ends the agent where the one that began it is interrupted, and drops its copy", () =>
    inMesh(
      {
        model: played([{ calls: [task("coder", "wait")] }], {
          wait: [{ calls: [write("a.txt", "x")] }, { hang: true }]
        })
      },
      Effect.gen(function* () {
        const mesh = yield* CodeMesh
        const session = yield* begun("Do it")
        const { agent } = yield* eventually(session, "agent.spawned")
        yield* eventually(agent, "tool.finished")
        yield* mesh.submit(session, { type: "Interrupt" })
        const events = yield* eventsOf(session)
        assert.deepInclude(ofType(events, "agent.ended")[0], { result: "cancelled", reason: "it was stopped" })
        assert.strictEqual(events.at(-1)?.type, "turn.interrupted")
        assert.include(types(yield* eventsOf(agent)), "turn.interrupted")
        assert.deepStrictEqual(yield* changed(agent), [])
        const copy = yield* (yield* WorkingCopies).open(agent, root)
        assert.deepStrictEqual(
          (yield* copy.workspace.list(root)).map(({ name }) => name),
          []
        )
        yield* replayed(session)
      })
    )
  )
})

describe("An agent whose program died", () => {
  it.live(
    "is stopped when the session that it worked for is opened again: it runs on for nobody, and has an outcome",
    () => {
      const model = played([{ calls: [task("coder", "wait")] }, { text: "Done." }], {
        wait: [{ calls: [write("a.txt", "x")] }, { hang: true }]
      })
      return Effect.gen(function* () {
        // As the logs stood when the program was killed.
        const left = yield* inMesh(
          { model },
          Effect.gen(function* () {
            const session = yield* begun("Do it")
            const { agent } = yield* eventually(session, "agent.spawned")
            yield* eventually(agent, "tool.finished")
            return [yield* eventsOf(session), yield* eventsOf(agent)] as const
          })
        )
        yield* inMesh(
          { model: played([{ text: "On." }]) },
          Effect.gen(function* () {
            const mesh = yield* CodeMesh
            const session = yield* mesh.adopt(left[0])
            const agent = yield* mesh.adopt(left[1])
            yield* prompt(session, "Go on")
            const [ended] = ofType(yield* eventsOf(session), "agent.ended")
            assert.deepInclude(ended, { agent, result: "cancelled", calls: 2 })
            assert.strictEqual((yield* mesh.show(agent)).running, false)
            yield* replayed(session)
            yield* mesh.submit(session, { type: "Compact" }).pipe(Effect.ignore)
            assert.strictEqual(ofType(yield* eventsOf(session), "agent.ended").length, 1)
          })
        )
        // The log of the agent is gone: that is no reason to keep the session shut.
        yield* inMesh(
          { model: played([{ text: "On." }]) },
          Effect.gen(function* () {
            const mesh = yield* CodeMesh
            const session = yield* mesh.adopt(left[0])
            yield* prompt(session, "Go on")
            assert.deepInclude(ofType(yield* eventsOf(session), "agent.ended")[0], { result: "cancelled", calls: 0 })
          })
        )
      })
    }
  )
})

/** How many agents work below a session, one for the other. */
const depthOf = (session: SessionId): Effect.Effect<number, unknown, CodeMesh | EventStore> =>
  Effect.gen(function* () {
    const [child] = agentsOf(yield* eventsOf(session))
    return child === undefined ? 0 : 1 + (yield* depthOf(child.agent))
  })
