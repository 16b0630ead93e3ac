/** `auth import`: takes over keys from opencode's auth.json, when it is asked to. No key is ever printed. */
import { readFileSync } from "node:fs"
import { isAbsolute, join, resolve } from "node:path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type Offer, offers } from "../../domain/auth/imported.ts"
import { Credentials } from "../../ports/Credentials.ts"
import { confirm } from "./asking.ts"
import { homeOf } from "./home.ts"
import { Io } from "./Io.ts"
import { CliError, exit, usage } from "./report.ts"
import type { Invocation } from "./spec.ts"
import { visible } from "./visible.ts"
import { count, oneLine, table } from "./words.ts"
import { inWorld } from "./world.ts"

/** The flags of `auth import`. */
export interface ImportFlags {
  readonly from: Option.Option<string>
  readonly replace: boolean
  readonly dryRun: boolean
  readonly yes: boolean
}

/** Where opencode keeps its keys. */
const usualPath = (env: Io["Type"]["env"]): string => {
  const data = env.XDG_DATA_HOME ?? ""
  return join(isAbsolute(data) ? data : join(homeOf(env), ".local", "share"), "opencode", "auth.json")
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** JSON's own complaint would quote the text, which may be a key. */
const readTheirs = (path: string) =>
  Effect.try({
    try: () => readFileSync(path, "utf8"),
    catch: () => usage(`${path} cannot be read.`, "Name another file with --from.")
  }).pipe(
    Effect.flatMap((text) =>
      Effect.try({
        try: (): unknown => JSON.parse(text),
        catch: () => new CliError(`${path} is not valid JSON.`, "Nothing was taken over.")
      })
    ),
    Effect.filterOrFail(isObject, () => new CliError(`${path} is not a JSON object.`, "Nothing was taken over."))
  )

const rowOf = ({ name, reason, taken }: Offer): ReadonlyArray<string> => {
  const shown = oneLine(visible(name), 60)
  if (taken === undefined) return [shown, `no: ${reason ?? ""}`]
  return [shown, `yes${taken.provider === name ? "" : `, as ${taken.provider}`}`]
}

const mayTake = (flags: ImportFlags, n: number) =>
  Effect.gen(function* () {
    const io = yield* Io
    if (flags.yes) return true
    if (!io.attended)
      return yield* Effect.fail(
        usage("Nobody is at the terminal to agree; nothing was taken over.", "Agree with --yes.")
      )
    return yield* confirm(`Take over ${count(n, "key")}?`)
  })

/** Takes over what may be. */
export const importKeys = (flags: ImportFlags, call: Invocation) =>
  inWorld(call, {}, () =>
    Effect.gen(function* () {
      const io = yield* Io
      const credentials = yield* Credentials
      const path = Option.match(flags.from, {
        onNone: () => usualPath(io.env),
        onSome: (given) => resolve(io.cwd, given)
      })
      const theirs = yield* readTheirs(path)
      const stored = new Set((yield* credentials.list).map(({ provider }) => provider))
      const all = offers(theirs, { stored, replace: flags.replace })
      yield* io.err(`From ${path}:\n`)
      yield* io.out(table(all.map(rowOf)))
      const taken = all.flatMap((one) => one.taken ?? [])
      if (taken.length === 0 || flags.dryRun) return exit.done
      if (!(yield* mayTake(flags, taken.length))) return exit.refused
      yield* Effect.forEach(taken, ({ entry, provider }) => credentials.set(provider, entry), { discard: true })
      yield* io.err(`${count(taken.length, "key")} taken over; the file itself is as it was.\n`)
      return exit.done
    })
  )
