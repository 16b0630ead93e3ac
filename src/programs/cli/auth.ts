/** `auth logout|list|use`: which accounts are stored, and which counts. No key is ever printed. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type Credential, Credentials } from "../../ports/Credentials.ts"
import { providersHere } from "./authHere.ts"
import { Io } from "./Io.ts"
import { CliError, exit, usage } from "./report.ts"
import type { Invocation } from "./spec.ts"
import { jsonText, oneLine, table } from "./words.ts"
import { inWorld } from "./world.ts"

const stored = (provider: string) =>
  Effect.map(
    Effect.flatMap(Credentials, (all) => all.list),
    (all) => all.filter((one) => one.provider === provider)
  )

const names = (all: ReadonlyArray<Credential>): string => all.map(({ account = "" }) => account).join(", ")

const noneStored = (name: string) =>
  new CliError(`No key is stored for ${oneLine(name)}.`, "`code-mesh auth list` shows the stored ones.")

/** Forgets a stored key or sign-in. */
export const logout = (flags: { readonly account: Option.Option<string> }, call: Invocation) =>
  inWorld(call, {}, () =>
    Effect.gen(function* () {
      const io = yield* Io
      const name = call.operands[0] ?? ""
      const all = yield* stored(name)
      if (all.length > 1 && Option.isNone(flags.account))
        return yield* Effect.fail(
          usage(`${oneLine(name)} has several accounts: ${names(all)}.`, "Name one with --account.")
        )
      const account = Option.getOrElse(flags.account, () => all[0]?.account ?? "default")
      if (!(yield* (yield* Credentials).remove(name, account))) return yield* Effect.fail(noneStored(name))
      yield* io.err(`The key for ${name}${account === "default" ? "" : ` (${account})`} is forgotten.\n`)
      return exit.done
    })
  )

/** Which of a provider's accounts counts from now on. */
export const use = (call: Invocation) =>
  inWorld(call, {}, (root) =>
    Effect.gen(function* () {
      const io = yield* Io
      const [name = "", account = ""] = call.operands
      if (!(yield* (yield* Credentials).choose(name, account))) {
        const all = yield* stored(name)
        return yield* Effect.fail(
          all.length === 0
            ? noneStored(name)
            : usage(`${oneLine(name)} has no account ${oneLine(account)}.`, `It has these: ${names(all)}.`)
        )
      }
      const variable = (yield* providersHere(root)).find(({ id }) => id === name)?.keyEnv ?? ""
      const given = (io.env[variable]?.trim() ?? "") !== ""
      yield* io.err(`${name} uses the account ${account} from now on.\n`)
      if (given) yield* io.err(`While ${variable} is set, the key in it counts before any account.\n`)
      return exit.done
    })
  )

/** The stored accounts, those of a provider with the one that counts first. */
export const list = (flags: { readonly format: Option.Option<"text" | "json"> }, call: Invocation) =>
  inWorld(call, {}, () =>
    Effect.gen(function* () {
      const io = yield* Io
      const all = (yield* (yield* Credentials).list).map(
        ({ account = "default", kind, provider, source }, at, rows) => ({
          provider,
          source,
          account,
          kind: kind ?? "api",
          counts: rows[at - 1]?.provider !== provider
        })
      )
      const several = all.some(({ account }) => account !== "default")
      if (Option.contains(flags.format, "json")) yield* io.out(jsonText(all))
      else if (all.length === 0) yield* io.err("No key is stored.\n")
      else
        yield* io.out(
          table(
            all.map(({ account, counts, kind, provider, source }) => [
              provider,
              ...(several ? [`${account}${counts ? "" : " (not in use)"}`] : []),
              kind === "oauth" ? `${source} (signed in)` : source
            ])
          )
        )
      return exit.done
    })
  )
