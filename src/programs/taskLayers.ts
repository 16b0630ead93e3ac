/** Who does the tasks of plans: this process, from a file that outlives it, or the workers of a cluster. */
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as ClusterEngine from "../adapters/node/engine/ClusterEngine.ts"
import type { Listening } from "../adapters/node/engine/clusterOptions.ts"
import * as EmbeddedEngine from "../adapters/node/engine/EmbeddedEngine.ts"
import type { Config } from "../domain/model/Config.ts"
import type { EventStore } from "../ports/EventStore.ts"
import type { TaskEngine } from "../ports/TaskEngine.ts"
import type { WorkingCopies } from "../ports/WorkingCopies.ts"

/** Where the files of tasks are on every machine of a cluster: their sessions name their folders. */
const usualWork = "/var/tmp/code-mesh"

/** This machine's part in it. */
export interface TaskPlaces {
  /** Folder of all that must not be lost. */
  readonly data: string
  /** Where other machines reach this one, where it does tasks for a cluster. */
  readonly listening?: Listening
}

/** The engine of tasks, and the copies of this machine with what it needs of them. */
export const taskLayers = (
  config: Config,
  { data, listening }: TaskPlaces
): Layer.Layer<TaskEngine | WorkingCopies, never, WorkingCopies | EventStore> => {
  const { database_url: url, hub, work = usualWork } = config.cluster ?? {}
  if (url === undefined) return Layer.merge(EmbeddedEngine.layer(join(data, "engine")), Layer.context<WorkingCopies>())
  const engine = ClusterEngine.layer(Redacted.make(url), listening === undefined ? {} : { listening })
  return Layer.unwrapEffect(
    Effect.map(
      Effect.promise(() =>
        Promise.all([import("../adapters/node/handover/hubEngine.ts"), import("../adapters/node/handover/hub.ts")])
      ),
      ([hubEngine, { usualHub }]) =>
        Layer.provide(hubEngine.layer({ dataDir: data, hub: hub ?? usualHub(data), work }), engine)
    )
  )
}
