/** The session and the model of a run. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { CodeMesh } from "../../domain/CodeMesh.ts"
import type { SessionId } from "../../domain/model/Ids.ts"
import type { ModelName } from "../../domain/model/Model.ts"
import { Credentials } from "../../ports/Credentials.ts"
import { LanguageModel } from "../../ports/LanguageModel.ts"
import { Io } from "./Io.ts"
import { CliError, exit } from "./report.ts"
import type { RunChoices, RunFlags } from "./runOptions.ts"
import { newestOf, sessionOf } from "./sessions.ts"
import { settleTrust } from "./trusting.ts"

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
export const openSession = (flags: RunFlags, choices: RunChoices, root: string) =>
  Effect.gen(function* () {
    const mesh = yield* CodeMesh
    const models = yield* LanguageModel
    const found = yield* earlier(flags, root)
    const before = Option.isSome(found) ? yield* mesh.show(found.value) : undefined
    // A mode that is not there is told before a session begins with it.
    if (choices.mode !== undefined) yield* mesh.mode(before?.root ?? root, choices.mode)
    const { model, named } = yield* pickModel(choices.model, before?.root ?? root, before?.model)
    yield* models.describe(model)
    if (before !== undefined && before.root !== root) yield* settleTrust(before.root)
    if (before !== undefined) return { id: before.id, model, named, after: flags.fork ? 0 : before.seq }
    const { apply, mode } = choices
    const id = yield* mesh.start({ root, model, apply, ...(mode === undefined ? {} : { mode }) })
    return { id, model, named, after: 0 }
  })
