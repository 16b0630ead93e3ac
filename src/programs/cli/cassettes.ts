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

// A replay sends nothing, so that it needs no key: any will do where none is set.
const keys = "ANTHROPIC OPENAI OPENROUTER MISTRAL DEEPSEEK XAI GROQ TOGETHER DEEPINFRA FIREWORKS CEREBRAS".split(" ")
const withKeys = (env: Io["Type"]["env"]) => ({
  ...Object.fromEntries(keys.map((name) => [`${name}_API_KEY`, "replayed"])),
  ...env
})

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
    const fetch = yield* Effect.try({
      try: () => replayFetch(readFileSync(path, "utf8").split("\n")),
      catch: unusable(path)
    })
    return { fetch, env: withKeys(io.env) }
  })
