/** A process that applies staged changes and is ended by SIGKILL at the n-th point that the application passes. */
import * as Effect from "effect/Effect"
import { make } from "../../../src/adapters/node/NodeWorkingCopies.ts"
import { SessionId } from "../../../src/domain/model/Ids.ts"

const [dataDir = "", root = "", id = "", onto = "root", limit = "0", changes = "[]"] = process.argv.slice(2)
let points = 0

const program = Effect.gen(function* () {
  const reached = (): void => {
    points += 1
    if (points === Number(limit)) process.kill(process.pid, "SIGKILL")
  }
  const copies = yield* make({ dataDir, reached })
  const merged = yield* copies.merge(SessionId.make(id), root, JSON.parse(changes), onto === "copy" ? "copy" : "root")
  process.stdout.write(merged.ok ? `done after ${points}` : JSON.stringify(merged.conflicts))
})

await Effect.runPromise(program)
