/** Errors as people read them: one sentence on what failed, one on what to do, and the exit code. */
import * as Cause from "effect/Cause"
import * as Option from "effect/Option"
import type { Failure } from "../../domain/model/Event.ts"

/** Exit codes, as scripts rely on them. */
export const exit = {
  done: 0,
  failed: 1,
  usage: 2,
  noModel: 3,
  provider: 4,
  refused: 5,
  limit: 6,
  interrupted: 130
} as const

/** An error of the program itself, with its exit code. */
export class CliError extends Error {
  readonly _tag = "CliError"
  readonly code: number
  readonly remedy: string

  constructor(message: string, remedy: string, code: number = exit.failed) {
    super(message)
    this.remedy = remedy
    this.code = code
  }
}

/** Wrong usage, and what to do instead. */
export const usage = (message: string, remedy: string): CliError => new CliError(message, remedy, exit.usage)

/** An error for people. */
export interface Told {
  readonly name: string
  readonly message: string
  readonly remedy: string
  readonly code: number
}

const unusable: ReadonlySet<string> = new Set(["unconfigured", "missing_model", "authentication"])

const hints: Readonly<Record<string, string>> = {
  authentication: "Store another key with `code-mesh auth login PROVIDER`.",
  permission: "Ask the provider for access, or choose another model with -m.",
  missing_model: "`code-mesh models list` shows the models that can be used.",
  unconfigured: "Store a key with `code-mesh auth login PROVIDER`, or name a model with -m.",
  quota: "Add credit at the provider, or choose another model with -m.",
  rate_limit: "Try again later with -c, or choose another model with -m.",
  overloaded: "Try again later with -c, or choose another model with -m.",
  server: "Try again later with -c, or choose another model with -m.",
  network: "Check the connection, then go on with -c.",
  incomplete: "Go on with -c.",
  timeout: "Go on with -c.",
  invalid: "Change the prompt or choose another model with -m.",
  too_long: "Start a new session, or choose a model with a larger window.",
  protocol: "Check the provider's address and protocol in the configuration."
}

const modelCode = (kind: string): number => (unusable.has(kind) ? exit.noModel : exit.provider)

/** What tags other than those of models mean. */
const codes: Readonly<Record<string, readonly [code: number, remedy: string]>> = {
  CredentialsFailed: [exit.noModel, "`code-mesh auth status` shows where keys are kept."],
  SignInFailed: [exit.noModel, "Try again with `code-mesh auth login`."],
  ConfigInvalid: [exit.usage, "Correct it, then check with `code-mesh config check`."],
  UnknownMode: [exit.usage, ""],
  SessionMissing: [exit.usage, "`code-mesh session list` shows those there are."],
  PermissionRefused: [exit.refused, "Allow it with --allow RULE, or answer what the rules do not deny with --yes."],
  LimitReached: [exit.limit, "Raise the limit and go on with -c."],
  PriceUnknown: [
    exit.usage,
    'Limit tokens instead (--max-tokens, budget.max_tokens), or say what it costs: [providers.NAME.models] "MODEL" = { price = { input = 1, output = 5 } }, in dollars per million tokens.'
  ],
  LoopDetected: [exit.limit, "Say with -c what it should do instead."],
  SandboxUnavailable: [exit.failed, "Install bubblewrap, or go on without a sandbox: --sandbox off."],
  ModelRefused: [exit.failed, "Put it differently, or choose another model with -m."],
  ContextFull: [exit.failed, "Start a new session, or choose a model with a larger window."],
  LogAltered: [exit.failed, "The log was changed, or a newer version of code-mesh wrote it."],
  SessionBusy: [exit.failed, "Wait for it, or use --fork."],
  StaleVersion: [exit.failed, "Do it again."]
}

/** A failure that a turn ended with, as it is told. */
export const toldFailure = (failure: Failure): Told => {
  const { message, name } = failure
  if (name === "ModelError") {
    const kind = failure.kind ?? ""
    return { name, message, remedy: hints[kind] ?? "Go on with -c.", code: modelCode(kind) }
  }
  if (name === "StoreFailed" && failure.kind === "sealed") return { name, message, remedy: "", code: exit.noModel }
  const [code, remedy] = codes[name] ?? [exit.failed, "Run it with --print-logs to see more."]
  return { name, message, remedy, code }
}

const isTagged = (error: unknown): error is { readonly _tag: string; readonly message: string } =>
  typeof error === "object" && error !== null && "_tag" in error && "message" in error

/** Any error as it is told. */
export const told = (error: unknown): Told => {
  if (error instanceof CliError)
    return { name: "Usage", message: error.message, remedy: error.remedy, code: error.code }
  if (isTagged(error)) {
    const kind = "kind" in error && typeof error.kind === "string" ? { kind: error.kind } : {}
    return toldFailure({ name: String(error._tag), ...kind, message: String(error.message) })
  }
  const message = error instanceof Error ? error.message : String(error)
  return { name: "Defect", message, remedy: "Run it with --print-logs to see more.", code: exit.failed }
}

/** The error that a cause comes down to; none where it is an interruption. */
export const toldCause = (cause: Cause.Cause<unknown>): Option.Option<Told> => {
  const failure = Cause.failureOption(cause)
  if (Option.isSome(failure)) return Option.some(told(failure.value))
  if (Cause.isInterruptedOnly(cause)) return Option.none()
  const defect = Option.getOrElse(Cause.dieOption(cause), () => "unknown")
  const inner = told(defect)
  return Option.some({ ...inner, message: `The program made a mistake: ${inner.message}`, code: exit.failed })
}

const sentence = (text: string): string => {
  const trimmed = text.trim()
  return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`
}

/** Two sentences; the remedy is left out where the message already ends with one of its own. */
export const inWords = ({ message, name, remedy }: Told): string => {
  const hasOwn = remedy === "" || (name !== "Usage" && /`code-mesh |'code-mesh |\s-c\b|--\w/.test(message))
  return `code-mesh: ${sentence(message)}\n${hasOwn ? "" : `${sentence(remedy)}\n`}`
}
