/** The engine that machines share keeps the promises of its port, and does not fall into the holes that are known of it. */
import { afterAll, beforeAll, describe } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { layer } from "../../../../src/adapters/node/engine/ClusterEngine.ts"
import type { ClusterOptions } from "../../../../src/adapters/node/engine/clusterOptions.ts"
import { taskEngineContract } from "../../../ports/TaskEngine.contract.ts"
import { freePort } from "../../../support/freePort.ts"
import { type Postgres, postgresMissing, startPostgres } from "../../../support/postgres.ts"
import { runContract } from "../../../support/runContract.ts"

let server: Postgres
const quick = { expiry: Duration.seconds(3), grace: Duration.millis(100) }

const worker = (url: string, options: ClusterOptions = quick) =>
  Layer.unwrapEffect(
    Effect.map(Effect.promise(freePort), (port) =>
      layer(Redacted.make(url), { ...options, listening: { host: "127.0.0.1", port } })
    )
  )

describe.skipIf(postgresMissing)("with PostgreSQL", () => {
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server?.end())

  runContract(taskEngineContract, "ClusterEngine", () =>
    Layer.unwrapEffect(
      Effect.map(
        Effect.promise(() => server.fresh()),
        (url) => worker(url)
      )
    )
  )
})
