/** Facts about where the program runs, for the prompt and for `status`. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"

/** Facts about where the program runs. */
export class Host extends Context.Tag("code-mesh/ports/Host")<
  Host,
  {
    /** `linux`, `darwin`, `browser` …, as the model is told. */
    readonly platform: string
    /** The person's home folder; empty where there is none. */
    readonly home: string
    /** This program's version. */
    readonly version: string
    /** Instructions for agents that apply at a root: name and text of each, the nearest last. */
    readonly instructions: (
      root: string
    ) => Effect.Effect<ReadonlyArray<{ readonly name: string; readonly text: string }>>
  }
>() {}
