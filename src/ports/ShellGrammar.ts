/** Reads shell lines into a tree. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { Grammar } from "../domain/model/ShellSyntax.ts"

/** Reads shell lines into a tree. */
export class ShellGrammar extends Context.Tag("code-mesh/ports/ShellGrammar")<
  ShellGrammar,
  {
    /**
     * The grammar of bash, loaded on first use: a pure function, the same on every host. Its time is bounded by the
     * line's length, and a line that is no shell comes back with its fault and whatever could be read.
     */
    readonly load: Effect.Effect<Grammar>
  }
>() {}
