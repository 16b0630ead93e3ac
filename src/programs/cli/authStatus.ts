/** `auth status`: where each provider's key comes from, where keys are kept, and whether they are taken; never a key. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { httpFetch } from "../../adapters/node/httpFetch.ts"
import type { CheckResult } from "../../adapters/shared/auth/checkCredential.ts"
import type { Provider } from "../../adapters/shared/model/providers.ts"
import { Credentials } from "../../ports/Credentials.ts"
import { providersHere, sourceOf, storeLines } from "./authHere.ts"
import { Io } from "./Io.ts"
import { exit, usage } from "./report.ts"
import type { Invocation } from "./spec.ts"
import { visible } from "./visible.ts"
import { jsonText, oneLine, table } from "./words.ts"
import { inWorld } from "./world.ts"

/** The flags of `auth status`. */
export interface StatusFlags {
  readonly format: Option.Option<"text" | "json">
  readonly check: boolean
}

/** What the provider says to its key; nothing where there is none. A sign-in that has ended is renewed first. */
const checked = (provider: Provider) =>
  Effect.gen(function* () {
    const { checkCredential } = yield* Effect.promise(() => import("../../adapters/shared/auth/checkCredential.ts"))
    const found = yield* Effect.either((yield* Credentials).get(provider.id, provider.keyEnv))
    if (Either.isLeft(found)) {
      const { kind, message } = found.left
      return { check: kind ?? "refused", detail: message } satisfies CheckResult
    }
    return Option.isNone(found.right) ? undefined : yield* checkCredential(httpFetch, provider, found.right.value)
  })

const rowOf = (provider: Provider, check: boolean) =>
  Effect.gen(function* () {
    const { fault, ...row } = yield* sourceOf(provider)
    const hasKey = row.usable && row.source !== "needs none" && provider.aws === undefined
    const result = check && hasKey ? yield* checked(provider) : undefined
    return { row: { ...row, ...result }, fault }
  })

type Row = Effect.Effect.Success<ReturnType<typeof rowOf>>["row"]

const cells = ({
  account = "default",
  check,
  detail,
  kind,
  provider,
  source,
  variable
}: Row): ReadonlyArray<string> => [
  provider,
  `${source}${account === "default" ? "" : ` (${account})`}${kind === "oauth" ? " (signed in)" : ""}`,
  variable ?? "",
  ...(check === undefined ? [] : [`${check} (${oneLine(detail ?? "", 60)})`])
]

/** Scripts are told of a key that is not taken, and of a provider that does not answer. */
const codeOf = (rows: ReadonlyArray<Row>, isFine: boolean): number => {
  if (!isFine && !rows.some((row) => row.usable)) return exit.noModel
  if (rows.some(({ check }) => check === "refused")) return exit.noModel
  return rows.some(({ check }) => check === "unreachable") ? exit.provider : exit.done
}

/** Where each provider's key comes from. */
export const status = (flags: StatusFlags, call: Invocation) =>
  inWorld(call, {}, (root) =>
    Effect.gen(function* () {
      const io = yield* Io
      const [wanted] = call.operands
      const all = yield* providersHere(root)
      const providers = wanted === undefined ? all : all.filter((provider) => provider.id === wanted)
      if (providers.length === 0)
        return yield* Effect.fail(
          usage(`There is no provider ${oneLine(wanted ?? "")}.`, "`code-mesh auth status` lists them.")
        )
      const looked = yield* Effect.forEach(providers, (provider) => rowOf(provider, flags.check), { concurrency: 8 })
      const rows = looked.map(({ row }) => row)
      const faults = [...new Set(looked.flatMap(({ fault }) => fault ?? []))]
      if (Option.contains(flags.format, "json")) yield* io.out(jsonText(rows))
      else yield* io.out(table(rows.map(cells)))
      yield* io.err([...(yield* storeLines(root)), ...faults].map((line) => `${visible(line)}\n`).join(""))
      return codeOf(rows, faults.length === 0 && wanted === undefined)
    })
  )
