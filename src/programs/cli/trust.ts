/** `trust [path]`: lets a folder's own settings, commands, agents, skills, hooks and servers count, as they are now. */
import { realpathSync } from "node:fs"
import { resolve } from "node:path"
import * as Effect from "effect/Effect"
import { Io } from "./Io.ts"
import { CliError, exit, usage } from "./report.ts"
import type { Invocation } from "./spec.ts"
import { brought, trustOf } from "./trusting.ts"
import { visible } from "./visible.ts"
import { table } from "./words.ts"
import { rootOf } from "./world.ts"

interface TrustFlags {
  readonly list: boolean
  readonly revoke: boolean
}

const list = Effect.gen(function* () {
  const io = yield* Io
  const trust = trustOf(io.env)
  const kept = yield* trust.list
  const rows = yield* Effect.forEach(kept, ({ answer, at, hash, root }) =>
    Effect.map(
      Effect.match(trust.look(root), {
        onFailure: () => "gone",
        onSuccess: (looked) => (looked.hash === hash ? answer : "changed since")
      }),
      (now) => [now, at, visible(root)]
    )
  )
  if (rows.length === 0) yield* io.err("No folder was answered about.\n")
  else yield* io.out(table(rows))
  return exit.done
})

const revoke = (root: string) =>
  Effect.gen(function* () {
    const io = yield* Io
    if (!(yield* trustOf(io.env).forget(root)))
      return yield* Effect.fail(
        new CliError(`There is no answer for ${visible(root)}.`, "`code-mesh trust --list` shows those there are.")
      )
    yield* io.err(`The answer for ${visible(root)} is forgotten.\n`)
    return exit.done
  })

const grant = (root: string) =>
  Effect.gen(function* () {
    const io = yield* Io
    const trust = trustOf(io.env)
    const looked = yield* trust.look(root)
    if (looked.files.length === 0)
      return yield* Effect.fail(
        new CliError(`${visible(root)} brings nothing that would have to be trusted.`, "Nothing was changed.")
      )
    const text = yield* brought(looked, trust)
    yield* trust.keep(looked, "trusted")
    yield* io.out(`${visible(looked.root)} is trusted, as it is now:\n${text}`)
    return exit.done
  })

/** The folder as it is answered about; one that is gone is named as it was. */
const folderOf = (call: Invocation) =>
  Effect.gen(function* () {
    const here = yield* rootOf(call.globals)
    const [path] = call.operands
    if (path === undefined) return here
    const full = resolve(here, path)
    return yield* Effect.orElseSucceed(
      Effect.try(() => realpathSync(full)),
      () => full
    )
  })

/** Trusts a folder as it is now, lists what was answered, or forgets an answer. */
export const trust = (flags: TrustFlags, call: Invocation) =>
  Effect.gen(function* () {
    if (flags.list && flags.revoke)
      return yield* Effect.fail(usage("--list and --revoke say different things.", "Give one of them."))
    if (flags.list) return yield* list
    const root = yield* folderOf(call)
    return yield* flags.revoke ? revoke(root) : grant(root)
  })
