/** One process of several that want the same sign-in renewed at once: prints the token that it got. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as FileCredentials from "../../../src/adapters/node/FileCredentials.ts"
import { Credentials } from "../../../src/ports/Credentials.ts"

const [path = ""] = process.argv.slice(2)
const token = Effect.flatMap(Credentials, (all) => all.get("corp")).pipe(
  Effect.map((found) => Redacted.value(Option.getOrThrow(found).key)),
  Effect.provide(FileCredentials.layer({ path }))
)
process.stdout.write(`${await Effect.runPromise(token)}\n`)
