/** `run`: one prompt, to its end. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Command } from "../../domain/model/Command.ts"
import type { PromptPart } from "../../domain/model/Message.ts"
import { detach, groundOf, inOwn, ownBackground, pipedOnce } from "./background.ts"
import { cassette } from "./cassettes.ts"
import { conclude, early } from "./conclude.ts"
import { Io } from "./Io.ts"
import { openSession } from "./openSession.ts"
import { promptParts } from "./promptParts.ts"
import { usage } from "./report.ts"
import { tellOthers } from "./running.ts"
import { chosen, type RunChoices, type RunFlags } from "./runOptions.ts"
import type { Invocation } from "./spec.ts"
import { watchedTurn } from "./watchedTurn.ts"
import { inWorld, type Phases } from "./world.ts"

type Parts = readonly [PromptPart, ...ReadonlyArray<PromptPart>]

const go = (flags: RunFlags, choices: RunChoices, parts: Parts, root: string, phases: Phases) =>
  Effect.gen(function* () {
    const io = yield* Io
    const began = io.uptime()
    const session = yield* openSession(flags, choices, root)
    yield* tellOthers(root, session.id)
    const options = session.named ? { ...choices.options, model: session.model } : choices.options
    const command: Command = { type: "Prompt", parts, options, whenBusy: "refuse" }
    const watched = yield* watchedTurn(session, command, choices, phases)
    return yield* conclude(session.id, choices, watched, began)
  })

/** Finds out all that can be wrong before the run begins, and lets it go on in a process of its own. */
const away = (flags: RunFlags, choices: RunChoices, call: Invocation) =>
  Effect.gen(function* () {
    const { io, text } = yield* pipedOnce(call.operands.length === 0 && flags.files.length === 0)
    yield* Effect.provideService(promptParts(call.operands, flags.files), Io, io)
    const tape = yield* cassette(flags)
    const ground = yield* inWorld(call, { ...tape, flags: choices.settings }, (root) =>
      Effect.gen(function* () {
        const { id } = yield* openSession(flags, choices, root)
        yield* tellOthers(root, id)
        return yield* groundOf(id, root)
      })
    )
    return yield* detach(ground, text, choices, call)
  })

/** Runs one prompt to its end, here or in the background. */
export const run = (given: RunFlags, call: Invocation) =>
  Effect.gen(function* () {
    const io = yield* Io
    const own = yield* ownBackground
    const flags = own === undefined ? given : inOwn(given, own)
    const choices = yield* chosen(flags, io.attended)
    if (flags.plan) {
      const { planned } = yield* Effect.promise(() => import("./planRun.ts"))
      return yield* planned(given, true, call)
    }
    if (flags.background && own === undefined) return yield* Effect.catchAll(away(flags, choices, call), early(choices))
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
