/** From a command line to an exit code: guard, command tree, body, and what is told when it fails. */
import { stripVTControlCharacters } from "node:util"
import * as CliConfig from "@effect/cli/CliConfig"
import * as Command from "@effect/cli/Command"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as ValidationError from "@effect/cli/ValidationError"
import * as Terminal from "@effect/platform/Terminal"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import * as Cause from "effect/Cause"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import { version } from "../version.ts"
import { type Guarded, guard } from "./guard.ts"
import { helpOf } from "./help.ts"
import { Io } from "./Io.ts"
import { exit, inWords, toldCause, usage } from "./report.ts"
import { root } from "./root.ts"
import { type Globals, globalFlags, type Invocation } from "./spec.ts"

type IoService = Io["Type"]

/** @effect/cli prints completions here; what it says of errors is said by us. */
const consoleOf = (io: IoService): Console.Console => {
  const unsafe = { ...globalThis.console }
  return {
    ...globalThis.console,
    [Console.TypeId]: Console.TypeId,
    log: (text: unknown) => io.out(`${stripVTControlCharacters(String(text)).trimEnd()}\n`),
    error: () => Effect.void,
    unsafe
  } as unknown as Console.Console
}

// Our flags read no files and ask nothing, so that @effect/cli needs no more of the host than this.
const noTerminal = Terminal.Terminal.of({
  columns: Effect.succeed(100),
  rows: Effect.succeed(40),
  isTTY: Effect.succeed(false),
  readInput: Effect.dieMessage("nothing is asked here"),
  readLine: Effect.dieMessage("nothing is asked here"),
  display: () => Effect.void
})
const environment = Layer.mergeAll(
  NodeFileSystem.layer,
  NodePath.layer,
  Layer.succeed(Terminal.Terminal, noTerminal),
  CliConfig.layer({ showBuiltIns: false, showTypes: false, autoCorrectLimit: 0, isCaseSensitive: true })
)

const globalsOf = (guarded: Guarded, io: IoService): Globals => {
  const get = (name: string) => Option.fromNullable(guarded.globals.get(name))
  const folder = Option.getOrElse(get("cwd"), () => io.cwd)
  return {
    cwd: folder,
    profile: get("profile"),
    printLogs: guarded.globals.has("print-logs"),
    logLevel: get("log-level")
  }
}

const stderrLogger = (io: IoService) =>
  Logger.make(({ annotations, cause, date, logLevel, message }) => {
    const words = (Array.isArray(message) ? message : [message]).map((one) =>
      typeof one === "string" ? one : JSON.stringify(one)
    )
    const noted = Array.from(annotations, ([key, value]) => ` ${key}=${String(value)}`).join("")
    const why = Cause.isEmpty(cause) ? "" : `\n${Cause.pretty(cause)}`
    Effect.runSync(io.err(`${date.toISOString()} ${logLevel.label} ${words.join(" ")}${noted}${why}\n`))
  })

const logging = (globals: Globals, io: IoService) => {
  if (!globals.printLogs) return Logger.remove(Logger.defaultLogger)
  const wanted = Option.getOrElse(globals.logLevel, () => "info")
  const level = { debug: LogLevel.Debug, info: LogLevel.Info, warn: LogLevel.Warning, error: LogLevel.Error }[wanted]
  return Layer.merge(
    Logger.replace(Logger.defaultLogger, stderrLogger(io)),
    Logger.minimumLogLevel(level ?? LogLevel.Info)
  )
}

const said = (error: ValidationError.ValidationError): string =>
  stripVTControlCharacters(HelpDoc.toAnsiText(error.error)).trim()

const runTree = (guarded: Guarded, io: IoService) =>
  Effect.gen(function* () {
    let code: number = exit.done
    const globals = globalsOf(guarded, io)
    const call: Invocation = {
      operands: guarded.operands,
      texts: guarded.texts,
      globals,
      done: (answered) => {
        code = answered
      }
    }
    // Each word stands for one that was written, so that none is taken for a flag or a command.
    const words = guarded.operands.map((_, index) => `word-${index}`)
    const completions = guarded.path[0] === "completions"
    const argv = completions ? ["--completions", guarded.operands[0] ?? ""] : [...guarded.argv, ...words]
    const run = Command.run(root.command(call, completions ? undefined : guarded.path), {
      name: "code-mesh",
      version,
      executable: "code-mesh"
    })
    yield* run(["node", "code-mesh", ...argv]).pipe(
      Effect.catchIf(ValidationError.isValidationError, (error) =>
        Effect.fail(usage(said(error), "`code-mesh --help` lists commands and flags."))
      ),
      Effect.provideService(Io, io),
      Effect.provide(environment),
      Effect.provide(logging(globals, io)),
      Effect.withConsole(consoleOf(io))
    )
    return code
  })

const fail = (cause: Cause.Cause<unknown>, io: IoService, detailed: boolean) =>
  Effect.gen(function* () {
    const one = toldCause(cause)
    if (Option.isNone(one)) return exit.interrupted
    if (detailed) yield* io.err(`${Cause.pretty(cause)}\n`)
    yield* io.err(inWords(one.value))
    return one.value.code
  })

/** Does what a command line says; answers the exit code. It never fails: what went wrong is told on stderr. */
export const program = (argv: ReadonlyArray<string>, io: IoService): Effect.Effect<number> =>
  Effect.gen(function* () {
    const everywhere = globalFlags.map((flag) => flag.spec)
    const guarded = guard(argv, root.spec, everywhere)
    if ("wrong" in guarded) {
      if (guarded.help === true) yield* io.out(helpOf([], root.spec, everywhere))
      yield* io.err(`code-mesh: ${guarded.wrong}\n${guarded.remedy}\n`)
      return exit.usage
    }
    if (guarded.help) {
      yield* io.out(helpOf(guarded.path, guarded.command, everywhere))
      return exit.done
    }
    if (guarded.version) {
      yield* io.out(`${version}\n`)
      return exit.done
    }
    const logs = guarded.globals.has("print-logs")
    return yield* Effect.catchAllCause(runTree(guarded, io), (cause) => fail(cause, io, logs))
  })
