/** The grammar of shell lines, for tests of pure functions, and lines as the rules see them. */
import * as Effect from "effect/Effect"
import * as UnbashGrammar from "../../src/adapters/shared/UnbashGrammar.ts"
import type { CommandLine } from "../../src/domain/permission/commandLine.ts"
import { readCommandLine } from "../../src/domain/permission/commandLine.ts"
import { ShellGrammar } from "../../src/ports/ShellGrammar.ts"

/** The grammar as every world has it. */
export const grammar = await Effect.runPromise(
  ShellGrammar.pipe(
    Effect.flatMap(({ load }) => load),
    Effect.provide(UnbashGrammar.layer)
  )
)

/** Where the lines of tests run. */
export const places = { root: "/home/dev/proj", home: "/home/dev" }

/** A line as the rules see it. */
export const lineOf = (line: string): CommandLine => readCommandLine(grammar, line, places)
