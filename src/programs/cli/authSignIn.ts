/** Signs in at a terminal: shows the address and the code, and waits for the browser or for what the person pastes. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { httpFetch } from "../../adapters/node/httpFetch.ts"
import { listenForRedirect } from "../../adapters/node/redirects.ts"
import { copilotToken, github } from "../../adapters/shared/auth/copilot.ts"
import type { Fetch } from "../../adapters/shared/auth/jsonCall.ts"
import type { DeviceCode } from "../../adapters/shared/auth/oauth.ts"
import { granted } from "../../adapters/shared/auth/renew.ts"
import { atOpenRouter, byBrowser, byDevice, type SignInHost } from "../../adapters/shared/auth/signIn.ts"
import type { Provider } from "../../adapters/shared/model/providers.ts"
import { unofficialNotice } from "../../domain/auth/unofficial.ts"
import type { OAuthEntry } from "../../domain/model/AuthEntry.ts"
import type { ProviderConfig } from "../../domain/model/Config.ts"
import { confirm } from "./asking.ts"
import { Io } from "./Io.ts"
import { CliError, exit, usage } from "./report.ts"
import type { Method } from "./signInMethods.ts"

/** What is known of the provider, and what sends requests: this process's own HTTP where absent. */
export interface SignInGiven {
  readonly provider?: Provider | undefined
  readonly settings?: ProviderConfig | undefined
  readonly fetch?: Fetch
}

const hostOf = (io: Io["Type"], fetch: Fetch): SignInHost => ({
  fetch,
  listen: listenForRedirect,
  show: (url) =>
    io.err(
      `Open this address in a browser and sign in there:\n\n${url}\n\nThis goes on by itself when you have. ` +
        "If the browser is on another machine, paste here the address at which it ends.\n"
    ),
  paste: (complaint) =>
    Effect.zipRight(
      complaint === undefined ? Effect.void : io.err(`That is of no use here: ${complaint}.\n`),
      // What is pasted is worth a token for a moment: it is not shown.
      Effect.map(io.ask("Waiting for the browser, or for an address (not shown): ", true), (line) =>
        Option.filter(line, (text) => text.trim() !== "")
      )
    )
})

const showCode = (io: Io["Type"]) => (code: DeviceCode) =>
  io.err(
    `Open ${code.uri} in a browser, on any machine, and type this code there:\n\n    ${code.userCode}\n\nWaiting; Ctrl-C gives up.\n`
  )

const allowCopilot = (settings: ProviderConfig | undefined) =>
  Effect.gen(function* () {
    const io = yield* Io
    if (settings?.unofficial === true) return false
    if (settings?.unofficial === false)
      return yield* Effect.fail(
        new CliError(
          "Copilot is off: providers.copilot.unofficial is false.",
          "Set it to true, or take it away.",
          exit.refused
        )
      )
    yield* io.err(`${unofficialNotice}\n`)
    if (yield* confirm("Sign in all the same?")) return true
    return yield* Effect.fail(new CliError("Copilot was not signed in to.", "Nothing was stored.", exit.refused))
  })

const signInToCopilot = (settings: ProviderConfig | undefined, fetch: Fetch) =>
  Effect.gen(function* () {
    const io = yield* Io
    const saidYes = yield* allowCopilot(settings)
    const grant = yield* byDevice("copilot", github, { fetch, show: showCode(io) })
    const entry = yield* copilotToken(fetch, grant.access)
    return saidYes ? ({ ...entry, unofficial: true } satisfies OAuthEntry) : entry
  })

const signInToOwn = (method: Method, name: string, own: NonNullable<ProviderConfig["oauth"]>, fetch: Fetch) =>
  Effect.gen(function* () {
    const io = yield* Io
    const { authorizeUrl, deviceUrl, scope, ...rest } = own
    const server = { ...rest, ...(scope === undefined ? {} : { scope }) }
    if (method === "browser" && authorizeUrl !== undefined)
      return yield* byBrowser(name, { ...server, authorizeUrl }, hostOf(io, fetch))
    const device = { ...server, ...(deviceUrl === undefined ? {} : { deviceUrl }) }
    return yield* granted(device, yield* byDevice(name, device, { fetch, show: showCode(io) }))
  })

/** A sign-in, by the person at the terminal. */
export const signIn = (method: Method, name: string, { fetch = httpFetch, provider, settings }: SignInGiven) =>
  Effect.gen(function* () {
    const io = yield* Io
    if (!io.attended) {
      const remedy =
        name === "copilot"
          ? "It is unofficial and needs your yes; sign in at a terminal first: code-mesh auth login copilot."
          : `Sign in at a terminal, or pipe a key in: code-mesh auth login ${name} --key-stdin < FILE`
      return yield* Effect.fail(usage(`Nobody is at the terminal to sign in to ${name}.`, remedy))
    }
    if (name === "copilot") return yield* signInToCopilot(settings, fetch)
    if (settings?.oauth !== undefined) return yield* signInToOwn(method, name, settings.oauth, fetch)
    return yield* atOpenRouter(provider?.baseUrl ?? "", hostOf(io, fetch))
  })
