/** `chat --plain`: prompts and commands line by line, in one session, until the end of input. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { CodeMesh } from "../../domain/CodeMesh.ts"
import type { SessionId } from "../../domain/model/Ids.ts"
import { chatActions } from "./chatActions.ts"
import { joined, type Meant, meant } from "./chatInput.ts"
import { type ChatIo, chatIo } from "./chatIo.ts"
import { type Chat, prompt } from "./chatTurn.ts"
import { Io } from "./Io.ts"
import { openSession } from "./openSession.ts"
import { exit, inWords, told, usage } from "./report.ts"
import { tellOthers } from "./running.ts"
import { chosen, type RunChoices, type RunFlags } from "./runOptions.ts"
import type { Invocation } from "./spec.ts"
import { visible } from "./visible.ts"
import { inWorld } from "./world.ts"

type OnlyRun = "format" | "files" | "record" | "replay" | "background" | "plan" | "noPlan" | "strategy" | "databaseUrl"

/** The flags of `chat`. */
export interface ChatFlags extends Omit<RunFlags, OnlyRun> {
  readonly plain: boolean
}

/** Where nobody is at a terminal, the next line is a prompt and no answer whether to apply, unless that is asked for. */
const asRun = ({ plain: _plain, ...flags }: ChatFlags, attended: boolean): RunFlags => ({
  ...flags,
  apply: attended || flags.yes ? flags.apply : Option.orElse(flags.apply, () => Option.some("stage" as const)),
  format: Option.none(),
  files: [],
  record: Option.none(),
  replay: Option.none(),
  background: false,
  plan: false,
  noPlan: false,
  strategy: Option.none(),
  databaseUrl: Option.none()
})

/** The next line, with those that it goes on in; none at the end of input. */
const lineOf = ({ next }: ChatIo) =>
  Effect.gen(function* () {
    let before = ""
    for (;;) {
      const line = yield* next(before === "" ? "> " : ". ")
      if (Option.isNone(line)) return before === "" ? line : Option.some(before)
      const { more, text } = joined(before, line.value)
      if (!more) return Option.some(text)
      before = text
    }
  })

/** Does what a line means; what fails is told, and the chat goes on. Answers an exit code. */
const carryOut = (chat: Chat, line: Exclude<Meant, { readonly type: "nothing" } | { readonly type: "end" }>) =>
  Effect.gen(function* () {
    if (line.type === "prompt") return yield* prompt(chat, line.text)
    if (line.type === "wrong") return yield* Effect.fail(usage(line.wrong, line.remedy))
    return yield* chatActions[line.name](chat, line.rest)
  }).pipe(
    Effect.catchAll((error) =>
      Effect.gen(function* () {
        const io = yield* Io
        const one = told(error)
        yield* io.err(visible(inWords(one)))
        return one.code
      })
    )
  )

/** Takes lines until one says that this is all; answers the exit code of what was done last. */
const talk = (chat: Chat, own: ChatIo) =>
  Effect.gen(function* () {
    let code: number = exit.done
    for (;;) {
      const line = yield* lineOf(own)
      const what: Meant = Option.match(line, { onNone: () => ({ type: "end" }), onSome: meant })
      if (what.type === "end") return code
      if (what.type !== "nothing") code = yield* carryOut(chat, what)
    }
  })

/** Nobody means a session by -c in which nothing was said. */
const dropUnused = (id: SessionId) =>
  Effect.gen(function* () {
    const mesh = yield* CodeMesh
    if ((yield* mesh.show(id)).seq === 1) yield* mesh.remove(id)
  }).pipe(Effect.ignore)

const begin = (flags: RunFlags, choices: RunChoices, root: string, own: ChatIo) =>
  Effect.gen(function* () {
    const io = yield* Io
    const { after, id, model, named } = yield* openSession(flags, choices, root)
    yield* tellOthers(root, id)
    yield* io.err(`session ${id} · model ${model} · /help lists commands, /exit ends\n`)
    const options = named ? { ...choices.options, model } : choices.options
    const chat: Chat = { id, options, apply: choices.apply }
    return yield* Effect.ensuring(talk(chat, own), after === 0 ? dropUnused(id) : Effect.void)
  })

/** Prompts and commands line by line, in one session. */
export const chat = (flags: ChatFlags, call: Invocation) =>
  Effect.gen(function* () {
    if (!flags.plain)
      return yield* Effect.fail(
        usage(
          "The full terminal UI comes in a later version of code-mesh.",
          "`code-mesh chat --plain` is a chat in plain lines."
        )
      )
    const io = yield* Io
    const run = asRun(flags, io.attended)
    const choices = yield* chosen(run, true)
    const own = chatIo(io)
    return yield* inWorld(call, { flags: choices.settings }, (root) =>
      Effect.provideService(begin(run, choices, root, own), Io, own.io)
    )
  })
