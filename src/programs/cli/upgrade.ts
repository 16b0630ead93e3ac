/** `upgrade`: says how, and changes nothing. */
import * as Effect from "effect/Effect"
import { version } from "../version.ts"
import { Io } from "./Io.ts"
import { exit } from "./report.ts"

/** Prints the command that gets the newest version. */
export const upgrade = Effect.gen(function* () {
  const io = yield* Io
  yield* io.err(`This is code-mesh ${version}. To get the newest version, run:\n`)
  yield* io.out("npm install -g code-mesh@latest\n")
  return exit.done
})
