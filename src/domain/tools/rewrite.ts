/** The one way in which a tool changes the text of one file: worked out for the preview, and again when it runs. */
import * as Effect from "effect/Effect"
import type { Digest } from "../../ports/Digest.ts"
import type { Encoding, TextCodec } from "../../ports/TextCodec.ts"
import type { Located, Workspace } from "../../ports/Workspace.ts"
import { footprint } from "../model/Footprint.ts"
import { unified } from "../staging/diff.ts"
import { encode, guard, type Loaded, load, locateAgain, locateFile, save, snippet } from "./file.ts"
import type { Outcome, Prepared, ToolFailure, ToolNeeds, ToolRun } from "./Tool.ts"

/** What is to be done to a file. */
export interface Rewrite {
  readonly path: string
  /** Whether what the file holds tells something to the model or its rules: an edit reads, a whole write does not. */
  readonly reads: boolean
  /** The new text from the file as it is; nothing stands there where it is `undefined`. */
  readonly change: (path: string, file: Loaded | undefined) => Effect.Effect<string, ToolFailure>
  /** The encoding for a text that the file's own has no spelling for. */
  readonly otherwise?: Encoding
}

/** A change worked out, not made yet. */
interface Plan {
  readonly before: Loaded | undefined
  readonly text: string
  readonly bytes: Uint8Array
}

const plan = (
  rewrite: Rewrite,
  located: Located
): Effect.Effect<Plan, ToolFailure, Workspace | TextCodec | Digest | ToolRun> =>
  Effect.gen(function* () {
    const before = yield* load(located.real)
    yield* guard(located.path, located.real, before, true)
    const text = yield* rewrite.change(located.path, before)
    const spelled = encode(located.path, text, before?.encoding ?? "utf-8")
    const { otherwise } = rewrite
    const bytes = yield* otherwise === undefined
      ? spelled
      : Effect.orElse(spelled, () => encode(located.path, text, otherwise))
    return { before, text, bytes }
  })

const diffOf = (located: Located, { before, text }: Plan) =>
  unified({ path: located.path, before: before === undefined ? undefined : (before.text ?? ""), after: text })

const outcome = (located: Located, made: Plan): Pick<Outcome, "output"> => {
  const { added, removed } = diffOf(located, made)
  if (made.before === undefined) return { output: `Created ${located.path} (${added} lines).` }
  if (added + removed === 0) return { output: `${located.path} already reads so; it is unchanged.` }
  return { output: `Changed ${located.path} (+${added} -${removed}):\n${snippet(made.before.text ?? "", made.text)}` }
}

/** Prepares the change of one file. What the file holds is told only when the call runs, after it was allowed. */
export const prepareRewrite = (rewrite: Rewrite): Effect.Effect<Prepared, ToolFailure, ToolNeeds> =>
  Effect.gen(function* () {
    const located = yield* locateFile(rewrite.path)
    const preview = yield* Effect.match(plan(rewrite, located), {
      onFailure: (failure) => failure.reason,
      onSuccess: (made) => diffOf(located, made).text
    })
    const run = Effect.gen(function* () {
      const now = yield* locateAgain(rewrite.path, located)
      const made = yield* plan(rewrite, now)
      const seen = yield* save(now.real, made.bytes)
      return { ...outcome(now, made), seen: [seen] }
    })
    return {
      footprint: footprint({ write: [located.real], ...(rewrite.reads ? { read: [located.real] } : {}) }),
      preview,
      run
    }
  })
