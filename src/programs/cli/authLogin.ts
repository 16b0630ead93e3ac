/** `auth login`: a key, or a sign-in where the provider has one for programs like this. No key is ever printed. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { Provider } from "../../adapters/shared/model/providers.ts"
import { isAccountName } from "../../domain/auth/accounts.ts"
import { notOffered } from "../../domain/auth/unofficial.ts"
import { nearest } from "../../domain/config/suggest.ts"
import { Credentials } from "../../ports/Credentials.ts"
import { providerSettings, providersHere, storeLines } from "./authHere.ts"
import { Io } from "./Io.ts"
import type { Choice } from "./pickList.ts"
import { exit, usage } from "./report.ts"
import { type Method, methodsOf, methodWords } from "./signInMethods.ts"
import type { Invocation } from "./spec.ts"
import { inWorld } from "./world.ts"

/** The flags of `auth login`. */
export interface LoginFlags {
  readonly stdin: boolean
  readonly account: Option.Option<string>
  readonly method: Option.Option<Method>
}

/** Picks by keys, or by number where the terminal cannot. */
const pickOne = (question: string, choices: ReadonlyArray<Choice>) =>
  Effect.gen(function* () {
    const io = yield* Io
    if (io.pick !== undefined) return Option.getOrElse(yield* io.pick(question, choices), () => "")
    const lines = choices.map(
      ({ hint = "", value }, index) => `${String(index + 1).padStart(3)}. ${value}${hint === "" ? "" : `  ${hint}`}\n`
    )
    yield* io.err(lines.join(""))
    const line = Option.getOrElse(yield* io.ask(`${question} `), () => "").trim()
    return choices[Number(line) - 1]?.value ?? line
  })

const hintOf = (methods: ReadonlyArray<Method>, name: string): string =>
  [
    ...(name in notOffered ? ["API key; not by subscription"] : []),
    ...(methods.includes("key") ? [] : ["unofficial"]),
    ...(methods.length > 1 ? [methods.map((method) => methodWords[method]).join(" or ")] : [])
  ].join("; ")

const choose = (root: string, providers: ReadonlyArray<Provider>) =>
  Effect.gen(function* () {
    const io = yield* Io
    const settings = yield* providerSettings(root)
    const remote = providers.filter((provider) => !provider.local)
    if (!io.attended) {
      const names = remote.map(({ id }) => id).join(", ")
      return yield* Effect.fail(usage("'code-mesh auth login' needs a provider.", `Name one: ${names}.`))
    }
    const choices = remote.map(({ id }) => ({ value: id, hint: hintOf(methodsOf(id, settings[id]), id) }))
    const name = yield* pickOne("Which provider?", choices)
    return name === "" ? yield* Effect.fail(usage("No provider was chosen.", "Name one.")) : name
  })

const checkedName = (name: string, providers: ReadonlyArray<Provider>) =>
  Effect.gen(function* () {
    const io = yield* Io
    if (!/^[a-z0-9][a-z0-9_.-]*$/.test(name))
      return yield* Effect.fail(
        usage(`${JSON.stringify(name)} is not the name of a provider.`, "Write it as in anthropic/…")
      )
    const names = providers.map((provider) => provider.id)
    if (names.includes(name)) return name
    const meant = nearest(name, names)
    if (meant !== undefined) return yield* Effect.fail(usage(`There is no provider ${name}.`, `Did you mean ${meant}?`))
    yield* io.err(`${name} is not known yet: name its endpoint in the configuration, as providers.${name}.baseUrl.\n`)
    return name
  })

const readKey = (name: string, fromStdin: boolean) =>
  Effect.gen(function* () {
    const io = yield* Io
    if (!fromStdin && !io.attended)
      return yield* Effect.fail(
        usage("Nobody is at the terminal to type a key.", `Pipe it in: code-mesh auth login ${name} --key-stdin < FILE`)
      )
    const notice = notOffered[name]
    if (!fromStdin && notice !== undefined) yield* io.err(`${notice}\n`)
    const given = yield* fromStdin ? io.piped(true) : io.ask(`Key for ${name} (not shown): `, true)
    const key = Option.getOrElse(given, () => "").trim()
    if (key === "") return yield* Effect.fail(usage("No key was given; nothing was stored.", "Give one."))
    if (/\s|\p{Cc}/u.test(key))
      return yield* Effect.fail(usage("That is not a key: it holds blanks.", "Give the key alone."))
    return Redacted.make(key)
  })

const methodFor = (name: string, methods: ReadonlyArray<Method>, flags: LoginFlags) =>
  Effect.gen(function* () {
    const io = yield* Io
    const wanted = flags.stdin ? "key" : Option.getOrUndefined(flags.method)
    const [only, ...others] = methods
    if (wanted !== undefined && !methods.includes(wanted))
      return yield* Effect.fail(
        usage(
          `${name} cannot be signed in to by ${methodWords[wanted]}.`,
          notOffered[name] ?? `It takes ${methods.map((one) => methodWords[one]).join(" or ")}.`
        )
      )
    if (wanted !== undefined) return wanted
    // A script that names no way is told about --key-stdin.
    if (only !== undefined && (others.length === 0 || !io.attended)) return only
    const choices = methods.map((method): Choice => ({ value: method, hint: methodWords[method] }))
    const picked = yield* pickOne(`How do you sign in to ${name}?`, choices)
    const method = methods.find((one) => one === picked)
    return method ?? (yield* Effect.fail(usage("No way to sign in was chosen.", "Name one with --method.")))
  })

const accountName = (flags: LoginFlags) => {
  const name = Option.getOrElse(flags.account, () => "default")
  return isAccountName(name)
    ? Effect.succeed(name)
    : Effect.fail(usage(`${JSON.stringify(name)} cannot name an account.`, "Use letters, digits and . _ - @ +"))
}

/** Stores a provider's key or sign-in. */
export const login = (flags: LoginFlags, call: Invocation) =>
  inWorld(call, {}, (root) =>
    Effect.gen(function* () {
      const io = yield* Io
      const credentials = yield* Credentials
      const account = yield* accountName(flags)
      const providers = yield* providersHere(root)
      const name = yield* checkedName(call.operands[0] ?? (yield* choose(root, providers)), providers)
      const settings = (yield* providerSettings(root))[name]
      const method = yield* methodFor(name, methodsOf(name, settings), flags)
      if (method === "key") yield* credentials.set(name, yield* readKey(name, flags.stdin), account)
      else {
        const { signIn } = yield* Effect.promise(() => import("./authSignIn.ts"))
        const provider = providers.find(({ id }) => id === name)
        yield* credentials.set(name, yield* signIn(method, name, { provider, settings }), account)
      }
      const what = method === "key" ? "The key" : "The sign-in"
      const whose = account === "default" ? "" : ` (${account})`
      yield* io.err(`${what} for ${name}${whose} is stored.\n${(yield* storeLines(root)).join("\n")}\n`)
      return exit.done
    })
  )
