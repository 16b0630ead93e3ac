/** Keys in memory: for tests, headless worlds, and pages that keep nothing. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { type Credential, Credentials, CredentialsFailed } from "../../ports/Credentials.ts"

const place = "memory"

/** Keys in memory, beside the environment that is given; both may be empty. */
export const layer = (
  options: {
    readonly keys?: Readonly<Record<string, string>>
    readonly env?: Readonly<Record<string, string | undefined>>
  } = {}
): Layer.Layer<Credentials> =>
  Layer.sync(Credentials, () => {
    const keys = new Map(Object.entries(options.keys ?? {}))
    const credential = (provider: string, key: string, source = place): Credential => ({
      provider,
      key: Redacted.make(key),
      source
    })
    const stored = (provider: string) =>
      Option.map(Option.fromNullable(keys.get(provider)), (key) => credential(provider, key))
    return {
      get: (provider, env = "") =>
        Effect.sync(() => {
          const given = options.env?.[env]?.trim() ?? ""
          return given === "" ? stored(provider) : Option.some(credential(provider, given, `environment ${env}`))
        }),
      set: (provider, key) =>
        Effect.suspend(() => {
          const text = Redacted.value(key).trim()
          if (text === "") return Effect.fail(new CredentialsFailed({ path: place, reason: "the key is empty" }))
          keys.set(provider, text)
          return Effect.void
        }),
      remove: (provider) => Effect.sync(() => keys.delete(provider)),
      list: Effect.sync(() =>
        [...keys].sort(([a], [b]) => (a < b ? -1 : 1)).map(([provider, key]) => credential(provider, key))
      )
    }
  })
