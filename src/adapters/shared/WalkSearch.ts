/** Search over any workspace, by walking it; what every host can do. How is loaded when something is first searched. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Search } from "../../ports/Search.ts"

const loaded = Effect.promise(() => import("./walkFiles.ts"))

/** Search by walking the workspace. */
export const make: Search["Type"] = {
  grep: (workspace, query) => Effect.flatMap(loaded, ({ grep }) => grep(workspace, query)),
  glob: (workspace, query) => Effect.flatMap(loaded, ({ glob }) => glob(workspace, query))
}

/** Search by walking the workspace. */
export const layer: Layer.Layer<Search> = Layer.succeed(Search, make)
