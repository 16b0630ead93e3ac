/** `--record` and `--replay`: the fetch that a run's models use. */
import { appendFileSync, readFileSync, writeFileSync } from "node:fs"
import { resolve } from "node:path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { NodeOptions } from "../NodeLive.ts"
import { Io } from "./Io.ts"
import { usage } from "./report.ts"
import type { RunFlags } from "./runOptions.ts"

const unusable = (path: string) => (error: unknown) =>
  usage(`${path} cannot be used: ${error instanceof Error ? error.message : String(error)}`, "Name another file.")

/** The key that each protocol's own provider wants, by how its addresses end. */
const keys: ReadonlyArray<readonly [RegExp, string]> = [
  [/"path":"[^"]*\/messages"/, "ANTHROPIC_API_KEY"],
  [/"path":"[^"]*\/responses"/, "OPENAI_API_KEY"]
]
const known = /^(ANTHROPIC|OPENAI|OPENROUTER|MISTRAL|DEEPSEEK|XAI|GROQ|TOGETHER|DEEPINFRA|FIREWORKS|CEREBRAS)_API_KEY$/

/**
 * A replay sends nothing, so that it needs no key: any will do where none is set. Of the known providers only those that
 * were recorded get one, since a key decides which model is the default.
 */
const withKeys = (env: Io["Type"]["env"], tape: string): Io["Type"]["env"] => {
  const recorded = new Set(keys.filter(([path]) => path.test(tape)).map(([, name]) => name))
  const mayBeAny = (name: string) => recorded.has(name) || (/_(KEY|TOKEN)$/.test(name) && !known.test(name))
  return new Proxy(env, {
    get: (target, name) =>
      typeof name === "string" ? (target[name] ?? (mayBeAny(name) ? "replayed" : undefined)) : undefined
  })
}

/** What the world is opened with so that it records or replays. */
export const cassette = (flags: Pick<RunFlags, "record" | "replay">) =>
  Effect.gen(function* () {
    const io = yield* Io
    const none: Pick<NodeOptions, "fetch" | "env"> = {}
    if (Option.isNone(flags.record) && Option.isNone(flags.replay)) return none
    const { recordFetch, replayFetch } = yield* Effect.promise(() => import("../../adapters/shared/model/Cassette.ts"))
    if (Option.isSome(flags.record)) {
      const path = resolve(io.cwd, flags.record.value)
      yield* Effect.try({ try: () => writeFileSync(path, "", { mode: 0o600 }), catch: unusable(path) })
      return { fetch: recordFetch(globalThis.fetch, (line) => appendFileSync(path, `${line}\n`)) }
    }
    const path = resolve(
      io.cwd,
      Option.getOrElse(flags.replay, () => "")
    )
    const tape = yield* Effect.try({ try: () => readFileSync(path, "utf8"), catch: unusable(path) })
    const fetch = yield* Effect.try({ try: () => replayFetch(tape.split("\n")), catch: unusable(path) })
    return { fetch, env: withKeys(io.env, tape) }
  })
