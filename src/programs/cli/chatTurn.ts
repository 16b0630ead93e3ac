/** One turn of a chat: shown while it goes, its plan approved, its changes applied where somebody wants that. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { CodeMesh } from "../../domain/CodeMesh.ts"
import type { Command, TurnOptions } from "../../domain/model/Command.ts"
import type { SessionId } from "../../domain/model/Ids.ts"
import { chatView } from "./chatView.ts"
import { settle } from "./conclude.ts"
import { Io } from "./Io.ts"
import { askPlan, hasPlan, shownPlan } from "./planRun.ts"
import { exit, inWords } from "./report.ts"
import { endingOf } from "./result.ts"
import type { RunChoices } from "./runOptions.ts"
import { visible } from "./visible.ts"
import { viewedTurn } from "./watchedTurn.ts"
import { changeList, count } from "./words.ts"

/** A chat: its session, and what holds for its next turns. */
export interface Chat {
  id: SessionId
  options: TurnOptions
  readonly apply: RunChoices["apply"]
}

/** Asks until the answer is yes or no; the end of input is a no. */
const askApply = Effect.gen(function* () {
  const io = yield* Io
  for (;;) {
    const line = yield* io.ask("Apply changes? (y/n) ")
    const [, yes, no] = /^(?:(y|yes)|(n|no))$/i.exec(Option.getOrElse(line, () => "n").trim()) ?? []
    if (yes !== undefined || no !== undefined) return yes !== undefined
    yield* io.err("That is neither yes nor no.\n")
  }
})

/** Runs a turn to its end, applies where somebody wants it, and says what it came to; answers the exit code. */
const turn = (chat: Chat, command: Command) =>
  Effect.gen(function* () {
    const io = yield* Io
    const mesh = yield* CodeMesh
    const began = io.uptime()
    const { seq: after } = yield* mesh.show(chat.id)
    const watched = yield* viewedTurn({ id: chat.id, after }, command, true, yield* chatView(chat.id))
    const changes = yield* settle(chat.id, { apply: chat.apply, attended: true }, watched, askApply)
    const ending = endingOf(yield* mesh.show(chat.id), watched, changes, io.uptime() - began)
    if (ending.told !== undefined) yield* io.err(inWords(ending.told))
    else if (ending.result.status === "interrupted") yield* io.err("Interrupted. The next prompt goes on from here.\n")
    if (ending.result.staged)
      yield* io.err(
        `${count(changes.length, "file")} staged, the real files are as they were:\n${changeList(changes)}/diff shows them, /apply carries them over, /discard drops them.\n`
      )
    return ending.code
  })

/** Shows the plan that waits, and carries it out once it is approved. */
export const decidePlan = (chat: Chat) =>
  Effect.gen(function* () {
    const io = yield* Io
    const { mode: _mode, ...options } = chat.options
    if (options.yes !== true) yield* io.err("y carries it out; n, or what is wrong with it, drops it.\n")
    const said = yield* askPlan(chat.id, { attended: true, options }, "Approve plan? (y/n) ")
    return said === true ? yield* turn(chat, { type: "ExecutePlan", options }) : exit.refused
  })

/** Says something to the model, in the mode of the chat or in another one; a plan that it proposes is put to the person. */
export const prompt = (chat: Chat, text: string, mode?: string) =>
  Effect.gen(function* () {
    const io = yield* Io
    const mesh = yield* CodeMesh
    const before = (yield* mesh.show(chat.id)).plan?.plan
    const options = mode === undefined ? chat.options : { ...chat.options, mode }
    const code = yield* turn(chat, { type: "Prompt", parts: [{ type: "text", text }], options, whenBusy: "refuse" })
    const state = yield* mesh.show(chat.id)
    if (code !== exit.done || !hasPlan(state) || state.plan.status !== "proposed" || state.plan.plan === before)
      return code
    yield* io.out(visible(shownPlan(state)))
    return yield* decidePlan(chat)
  })
