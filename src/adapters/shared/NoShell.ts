/** The shell of a host that has none, a browser's page: no command can be started, and none is confined. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Shell, ShellFailed } from "../../ports/Shell.ts"

/** Refuses every command. */
export const layer: Layer.Layer<Shell> = Layer.succeed(Shell, {
  run: () => Effect.fail(new ShellFailed({ kind: "spawn", reason: "there is no shell on this host" })),
  end: () => Effect.succeed("unreachable"),
  confinement: () => Effect.succeed({ kind: "none", note: "there is no shell on this host" })
})
