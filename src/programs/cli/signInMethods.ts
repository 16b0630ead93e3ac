/** In which ways a provider can be signed in to. Pure. */
import type { ProviderConfig } from "../../domain/model/Config.ts"

/** A way to sign in. */
export type Method = "key" | "browser" | "device"

/** Each way in words. */
export const methodWords: Readonly<Record<Method, string>> = {
  key: "API key",
  browser: "browser",
  device: "a code that is typed in a browser"
}

/** The ways of a provider, the usual one first. */
export const methodsOf = (provider: string, settings: ProviderConfig | undefined): ReadonlyArray<Method> => {
  if (provider === "copilot") return ["device"]
  if (provider === "openrouter") return ["browser", "key"]
  const own = settings?.oauth
  if (own === undefined) return ["key"]
  return [
    ...(own.authorizeUrl === undefined ? [] : ["browser" as const]),
    ...(own.deviceUrl === undefined ? [] : ["device" as const]),
    "key"
  ]
}
