/** One process of many that store keys at once. */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as FileCredentials from "../../../src/adapters/node/FileCredentials.ts"
import { Credentials } from "../../../src/ports/Credentials.ts"

const [path = "", name = ""] = process.argv.slice(2)
const twenty = Effect.flatMap(Credentials, (all) =>
  Effect.forEach(
    Array.from({ length: 20 }, (_, i) => i),
    (i) => all.set(`${name}-${i}`, Redacted.make(`key-${i}`))
  )
)
await Effect.runPromise(Effect.provide(twenty, FileCredentials.layer({ path })))
