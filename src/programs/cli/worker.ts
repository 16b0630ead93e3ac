/** `worker`: this machine does tasks of a cluster's plans. */
import { createServer } from "node:net"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { CodeMesh } from "../../domain/CodeMesh.ts"
import { Io } from "./Io.ts"
import { usage } from "./report.ts"
import type { Invocation } from "./spec.ts"
import { inWorld } from "./world.ts"

/** The flags of `worker`. */
export interface WorkerFlags {
  readonly databaseUrl: Option.Option<string>
  readonly hub: Option.Option<string>
  readonly listen: Option.Option<string>
}

const freePort = Effect.async<number>((resume) => {
  const server = createServer()
  server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    server.close(() => resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0)))
  })
})

const listeningAt = (given: Option.Option<string>) =>
  Effect.gen(function* () {
    if (Option.isNone(given)) return { host: "127.0.0.1", port: yield* freePort }
    const [, host = "", port = ""] = /^(.+):(\d{1,5})$/.exec(given.value) ?? []
    if (host === "" || Number(port) > 65535)
      return yield* Effect.fail(usage("--listen needs a host and a port.", "Write it as in --listen 10.0.0.5:7400."))
    return { host, port: Number(port) }
  })

/** Works until it is asked to end: running turns are then waited for. */
export const worker = ({ databaseUrl, hub, listen }: WorkerFlags, call: Invocation) =>
  Effect.gen(function* () {
    const io = yield* Io
    const listening = yield* listeningAt(listen)
    const cluster = {
      ...(Option.isSome(databaseUrl) ? { database_url: databaseUrl.value } : {}),
      ...(Option.isSome(hub) ? { hub: hub.value } : {})
    }
    return yield* inWorld(call, { flags: { cluster }, listening }, (root) =>
      Effect.gen(function* () {
        const mesh = yield* CodeMesh
        const { config } = yield* mesh.settings(root)
        if (config.cluster?.database_url === undefined)
          return yield* Effect.fail(usage("No cluster is named.", "Name its database with --database-url URL."))
        yield* mesh.work
        yield* io.err(`Works for the cluster, reached at ${listening.host}:${listening.port}.\n`)
        return yield* Effect.never
      })
    )
  })
