/** The host of a world in memory: it has no home, no instructions, and always the same name. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Host } from "../../ports/Host.ts"

/** A host without a machine. */
export const layer: Layer.Layer<Host> = Layer.succeed(Host, {
  platform: "headless",
  home: "",
  version: "0.0.0",
  instructions: () => Effect.succeed([])
})
