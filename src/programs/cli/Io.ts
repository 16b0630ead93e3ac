/** The terminal, pipes and environment that a command of the program speaks to. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { Choice } from "./pickList.ts"

/** The terminal, pipes and environment that a command speaks to. */
export class Io extends Context.Tag("code-mesh/programs/cli/Io")<
  Io,
  {
    /** The words that this process was started with: Node, the program's file, what is asked of it. */
    readonly argv: ReadonlyArray<string>
    readonly env: Readonly<Record<string, string | undefined>>
    readonly cwd: string
    /** A person is at the terminal and can be asked: stdin and stderr are one. */
    readonly attended: boolean
    /** One line on stderr may be drawn over again and again. */
    readonly live: boolean
    /** How wide stdout is, where it is a terminal. */
    readonly columns: number | undefined
    /** Results: nothing else goes to stdout. What a terminal would act on is written out. */
    readonly out: (text: string) => Effect.Effect<void>
    /** All that is not the result; what a terminal would act on is written out. */
    readonly err: (text: string) => Effect.Effect<void>
    /** Puts a line in the place of the one that stderr ends with; an empty one clears it. */
    readonly redraw: (line: string) => Effect.Effect<void>
    /** What is piped in, whole; none where stdin is a terminal. `needed` false: a program that opened a pipe and says nothing for 3 s is not waited for. */
    readonly piped: (needed: boolean) => Effect.Effect<Option.Option<string>>
    /** The lines that are piped in, as they come. */
    readonly lines: AsyncIterable<string>
    /** Asks the person for a line; none at the end of input. A hidden one is not shown. */
    readonly ask: (question: string, hidden?: boolean) => Effect.Effect<Option.Option<string>>
    /** Lets the person pick one by keys; none where they give up. Absent where keys cannot be read one by one. */
    readonly pick:
      | ((question: string, choices: ReadonlyArray<Choice>) => Effect.Effect<Option.Option<string>>)
      | undefined
    /**
     * Until the scope ends, the first signal is handled by this instead of ending the program at once; it ends after it,
     * unless it `stays`: then the first Ctrl-C is handled and nothing else, and the second one ends it.
     */
    readonly onSignal: (handle: () => void, stays?: boolean) => Effect.Effect<void, never, Scope.Scope>
    /** Milliseconds since the process began. */
    readonly uptime: () => number
  }
>() {}
