/** What the commands of a chat do: each is a command of its session, or prints what the program's own command prints. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { CodeMesh } from "../../domain/CodeMesh.ts"
import { LanguageModel } from "../../ports/LanguageModel.ts"
import { applyStaged, dropStaged, printStaged, stagedOf, turnBack } from "./apply.ts"
import { type ChatCommand, chatHelp } from "./chatInput.ts"
import { type Chat, decidePlan, prompt } from "./chatTurn.ts"
import { costTable } from "./debugPrompt.ts"
import { Io } from "./Io.ts"
import { narrate } from "./narrate.ts"
import { hasPlan, shownPlan } from "./planRun.ts"
import { exit, usage } from "./report.ts"
import { modelNamed } from "./runOptions.ts"
import { printSessions } from "./session.ts"
import { printStats } from "./stats.ts"
import { printStatus } from "./status.ts"
import { visible } from "./visible.ts"
import type { World } from "./world.ts"

type Action = (chat: Chat, rest: string) => Effect.Effect<number, unknown, World | Io>

const out = (text: string) =>
  Effect.as(
    Effect.flatMap(Io, (io) => io.out(visible(text))),
    exit.done
  )

const shown = ({ id }: Chat) => Effect.flatMap(CodeMesh, (mesh) => mesh.show(id))

const modelOf = (chat: Chat) => Effect.map(shown(chat), ({ model }) => chat.options.model ?? model)

const modeOf = (chat: Chat) => Effect.map(shown(chat), ({ mode }) => chat.options.mode ?? mode)

const model: Action = (chat, name) =>
  Effect.gen(function* () {
    if (name !== "") {
      const wanted = yield* modelNamed(name)
      yield* (yield* LanguageModel).describe(wanted)
      yield* (yield* CodeMesh).submit(chat.id, { type: "SwitchModel", model: wanted })
      const { model: _model, ...options } = chat.options
      chat.options = options
    }
    return yield* out(`model ${yield* modelOf(chat)}\n`)
  })

const mode: Action = (chat, name) =>
  Effect.gen(function* () {
    if (name !== "") {
      yield* (yield* CodeMesh).mode((yield* shown(chat)).root, name)
      chat.options = { ...chat.options, mode: name }
    }
    return yield* out(`mode ${yield* modeOf(chat)}\n`)
  })

const plan: Action = (chat, goal) =>
  Effect.gen(function* () {
    if (goal !== "") return yield* prompt(chat, goal, "plan")
    const state = yield* shown(chat)
    if (!hasPlan(state)) return yield* Effect.fail(usage("This session has no plan.", "/plan GOAL makes one."))
    yield* out(shownPlan(state))
    return state.plan.status === "proposed" ? yield* decidePlan(chat) : exit.done
  })

/** Does something with the staged paths that words mean, from the working folder. */
const onStaged =
  (
    act: (staged: Effect.Effect.Success<ReturnType<typeof stagedOf>>) => Effect.Effect<number, unknown, World | Io>
  ): Action =>
  (chat, rest) =>
    Effect.gen(function* () {
      const { root } = yield* shown(chat)
      const words = rest.split(/\s+/).filter((word) => word !== "")
      return yield* act(yield* stagedOf(chat.id, words, root))
    })

const compact: Action = ({ id }) =>
  Effect.gen(function* () {
    const events = yield* (yield* CodeMesh).submit(id, { type: "Compact" })
    const done = events.find(({ type }) => type === "session.compacted")
    return yield* out(`${(done === undefined ? undefined : narrate(done)) ?? "There is nothing to sum up yet."}\n`)
  })

const context: Action = (chat) =>
  Effect.gen(function* () {
    const { root } = yield* shown(chat)
    const mesh = yield* CodeMesh
    return yield* out(costTable(yield* mesh.prompt(root, yield* modelOf(chat), yield* modeOf(chat))).trimStart())
  })

const goOnIn = (chat: Chat, id: Chat["id"]) =>
  Effect.suspend(() => {
    chat.id = id
    return out(`session ${id}\n`)
  })

const startNew: Action = (chat) =>
  Effect.gen(function* () {
    const { root } = yield* shown(chat)
    const { apply } = chat
    const begin = { root, model: yield* modelOf(chat), mode: yield* modeOf(chat), apply }
    return yield* goOnIn(chat, yield* (yield* CodeMesh).start(begin))
  })

const text = { format: Option.none() }

/** What each command does; it answers an exit code. */
export const chatActions: Readonly<Record<ChatCommand, Action>> = {
  help: () => out(chatHelp),
  model,
  mode,
  plan,
  diff: onStaged((staged) => printStaged(staged, false)),
  apply: onStaged((staged) => applyStaged(staged, Option.none())),
  discard: onStaged(dropStaged),
  undo: ({ id }) => turnBack(id, "Undo"),
  redo: ({ id }) => turnBack(id, "Redo"),
  compact,
  status: (chat) => Effect.flatMap(shown(chat), ({ root }) => printStatus({ detailed: false, ...text }, root)),
  sessions: (chat) => Effect.flatMap(shown(chat), ({ root }) => printSessions({ agents: false, ...text }, root)),
  cost: ({ id }) => printStats({ by: Option.none(), since: Option.none(), ...text }, id),
  context,
  title: ({ id }, title) =>
    Effect.as(
      Effect.flatMap(CodeMesh, (mesh) => mesh.submit(id, { type: "Rename", title })),
      exit.done
    ),
  fork: (chat) =>
    Effect.flatMap(
      Effect.flatMap(CodeMesh, (mesh) => mesh.fork(chat.id)),
      (id) => goOnIn(chat, id)
    ),
  new: startNew
}
