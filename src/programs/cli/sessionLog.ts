/** `session export|import|verify`: whole logs, out and in, and whether they are what was written. */
import { readFile, writeFile } from "node:fs/promises"
import { resolve } from "node:path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { CodeMesh } from "../../domain/CodeMesh.ts"
import type { SessionId } from "../../domain/model/Ids.ts"
import { auditOf, isAudit, verifyAudit } from "../../domain/session/audit.ts"
import { formatLog, parseLog } from "../../domain/session/exported.ts"
import { storedEvents } from "../storedEvents.ts"
import { conversation } from "./conversation.ts"
import { Io } from "./Io.ts"
import { CliError, exit, usage } from "./report.ts"
import { looksLikeId, namedOrNewest } from "./sessions.ts"
import type { Invocation } from "./spec.ts"
import { count } from "./words.ts"
import { inWorld } from "./world.ts"

const rendered = (id: SessionId, format: "json" | "markdown" | "audit") =>
  Effect.gen(function* () {
    const mesh = yield* CodeMesh
    if (format === "audit") return yield* auditOf(yield* storedEvents(id))
    if (format === "json") return formatLog(id, yield* storedEvents(id))
    const state = yield* mesh.show(id)
    return `# ${state.title === "" ? id : state.title}\n\n${id} · ${state.model} · ${state.root}\n\n${conversation(state)}`
  })

const fault = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Writes a whole log as JSON, the conversation as Markdown, or the audit as JSON lines. */
export const exportLog = (
  flags: {
    readonly audit: boolean
    readonly format: Option.Option<"json" | "markdown">
    readonly output: Option.Option<string>
  },
  call: Invocation
) =>
  inWorld(call, {}, (root) =>
    Effect.gen(function* () {
      const io = yield* Io
      if (flags.audit && Option.isSome(flags.format))
        return yield* Effect.fail(usage("An audit has one format.", "Leave --audit or --format out."))
      const id = yield* namedOrNewest(call.operands[0], root)
      const text = yield* rendered(id, flags.audit ? "audit" : Option.getOrElse(flags.format, () => "json" as const))
      if (Option.isNone(flags.output)) yield* io.out(text)
      else {
        const path = resolve(root, flags.output.value)
        yield* Effect.tryPromise({
          try: () => writeFile(path, text, { mode: 0o600 }),
          catch: (error) => new CliError(`${path} could not be written: ${fault(error)}.`, "Name another file with -o.")
        })
        yield* io.err(`${id} is in ${path}.\n`)
      }
      return exit.done
    })
  )

const parsed = (text: string, name: string) =>
  Effect.mapError(parseLog(text), (error) =>
    error._tag === "NotALog"
      ? new CliError(`${name} is no log: ${error.reason}.`, "Give a file that `session export --format json` wrote.")
      : error
  )

const readText = (word: string, root: string) =>
  Effect.gen(function* () {
    const io = yield* Io
    if (word === "-") return Option.getOrElse(yield* io.piped(true), () => "")
    return yield* Effect.tryPromise({
      try: () => readFile(resolve(root, word), "utf8"),
      catch: (error) => usage(`${word} cannot be read: ${fault(error)}.`, "Name a file that `session export` wrote.")
    })
  })

const readLog = (word: string, root: string) =>
  Effect.flatMap(readText(word, root), (text) => parsed(text, word === "-" ? "stdin" : word))

/** Stores an exported log under its own id, once its hashes are right. */
export const importLog = (call: Invocation) =>
  inWorld(call, {}, (root) =>
    Effect.gen(function* () {
      const io = yield* Io
      const mesh = yield* CodeMesh
      const events = yield* readLog(call.operands[0] ?? "-", root)
      const [first] = events
      if (first === undefined) return yield* Effect.fail(usage("The export holds no event.", "Give another file."))
      if ((yield* mesh.list).some((row) => row.session === first.session))
        return yield* Effect.fail(
          new CliError(`${first.session} is here already; it was left as it is.`, "Delete it first, or keep it.")
        )
      yield* io.out(`${yield* mesh.adopt(events)}\n`)
      yield* io.err(`${count(events.length, "event")} imported.\n`)
      return exit.done
    })
  )

const verifyLines = (text: string) =>
  Effect.gen(function* () {
    const io = yield* Io
    yield* io.out(`${yield* verifyAudit(text)}\n`)
    yield* io.err(`${count(text.split("\n").length - 1, "line")} of an audit, each as it was written.\n`)
    return exit.done
  })

/** Prints the hash at a log's or an audit's end, or the first event or line that differs from its own hash. */
export const verify = (call: Invocation) =>
  inWorld(call, {}, (root) =>
    Effect.gen(function* () {
      const io = yield* Io
      const mesh = yield* CodeMesh
      const word = call.operands[0]
      const text = word !== undefined && !looksLikeId(word) ? yield* readText(word, root) : undefined
      if (text !== undefined && isAudit(text)) return yield* verifyLines(text)
      const events =
        text !== undefined ? yield* parsed(text, word ?? "") : yield* storedEvents(yield* namedOrNewest(word, root))
      yield* io.out(`${yield* mesh.replay(events)}\n`)
      yield* io.err(
        `${count(events.length, "event")}, each as it was written; run again, the session comes to the same.\n`
      )
      return exit.done
    })
  )
