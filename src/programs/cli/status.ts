/** `status`: what is in force here, what there is, and how the last run went. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { inTheOpen } from "../../adapters/node/copies/blobs.ts"
import { overlaysWorked } from "../../adapters/node/copies/overlayMount.ts"
import { pathsOf } from "../../adapters/node/Paths.ts"
import { allProviders } from "../../adapters/shared/model/providers.ts"
import { CodeMesh } from "../../domain/CodeMesh.ts"
import { Credentials } from "../../ports/Credentials.ts"
import { EventStore, type SessionRow, type Writer } from "../../ports/EventStore.ts"
import { LanguageModel } from "../../ports/LanguageModel.ts"
import { Shell } from "../../ports/Shell.ts"
import { Trust } from "../../ports/Trust.ts"
import { storeName } from "../nodeSecrets.ts"
import { version } from "../version.ts"
import { atWork, runningHere, type Work, workText } from "./atWork.ts"
import { homeOf } from "./home.ts"
import { Io } from "./Io.ts"
import { exit, told } from "./report.ts"
import { type Running, runningText } from "./running.ts"
import { isOwn } from "./sessions.ts"
import type { Invocation } from "./spec.ts"
import { type Sum, sumOf } from "./statsText.ts"
import { cacheHitRate, cacheText, usedText } from "./used.ts"
import { visible } from "./visible.ts"
import { count, jsonText, oneLine } from "./words.ts"
import { inWorld } from "./world.ts"

const modelHere = (root: string) =>
  Effect.gen(function* () {
    const { config, origins } = yield* (yield* CodeMesh).settings(root)
    const standIns = config.model?.fallback ?? []
    if (config.model?.default !== undefined)
      return { name: config.model.default, from: origins.get("model.default") ?? "", standIns }
    const [first] = yield* (yield* LanguageModel).available
    return first === undefined ? null : { name: first.name, from: "the first that can be used", standIns }
  })

type ModelHere = NonNullable<Effect.Effect.Success<ReturnType<typeof modelHere>>>

const modelLine = ({ from, name, standIns }: ModelHere): string =>
  `${name} (${from})${standIns.length === 0 ? "" : `; ${standIns.join(", then ")} may stand in`}`

const keysHere = (root: string) =>
  Effect.gen(function* () {
    const io = yield* Io
    const { config } = yield* (yield* CodeMesh).settings(root)
    const credentials = yield* Credentials
    const found = yield* Effect.forEach(
      allProviders(config.providers ?? {}, (name) => io.env[name]),
      (provider) => credentials.find(provider.id, provider.keyEnv)
    )
    return found.flatMap(Option.toArray).map(({ provider, source }) => ({ provider, source }))
  })

const sandboxHere = (root: string) =>
  Effect.gen(function* () {
    const { config } = yield* (yield* CodeMesh).settings(root)
    const mode = config.sandbox?.mode ?? "auto"
    const { kind, note } = yield* (yield* Shell).confinement(mode)
    const { mode: _mode, network = false, ...limits } = config.sandbox ?? {}
    return { mode, kind, note, network: mode === "strict" ? false : network, limits }
  })

type Sandboxed = Effect.Effect.Success<ReturnType<typeof sandboxHere>>

const networkLine = ({ kind, network }: Sandboxed): string => {
  if (kind === "none") return "not confined: commands have yours"
  if (typeof network === "boolean") return network ? "all of it, as sandbox.network says" : "none for commands"
  return network.length === 0 ? "none for commands" : `for commands only ${network.join(", ")}`
}

const limitsLine = ({ limits }: Sandboxed): string =>
  Object.entries(limits)
    .map(([name, value]) => `${name} ${value}`)
    .join(" · ")

const trustHere = (root: string) =>
  Effect.map(
    Effect.flatMap(Trust, (trust) => trust.look(root)),
    ({ files, state }) => ({ state, files: files.map(({ path }) => path) })
  )

/** Whether sessions are encrypted, and where their key and the API keys are kept. */
const atRestHere = (root: string) =>
  Effect.gen(function* () {
    const io = yield* Io
    const { config } = yield* (yield* CodeMesh).settings(root)
    const store = config.auth?.store ?? "file"
    const encrypted = config.memory?.encrypt ?? false
    const places = pathsOf(io.env, homeOf(io.env))
    return {
      encrypted,
      /** What is kept in the open all the same. */
      open: encrypted ? inTheOpen(places.data) : [],
      store,
      keys: storeName(store, places)
    }
  })

const runningIn = (writer: Option.Option<Writer>): string =>
  Option.match(writer, {
    onNone: () => "cut short, as its program ended; it is brought to rest when the session goes on",
    onSome: ({ host, pid }) => `running in process ${pid} on ${host}`
  })

const lastHere = (root: string) =>
  Effect.gen(function* () {
    const mesh = yield* CodeMesh
    const row = (yield* mesh.list).find((one) => one.root === root && isOwn(one))
    if (row === undefined) return null
    const { batches, broke, compactions, id, last, running, title, updatedAt, usage } = yield* mesh.show(row.session)
    const writer = yield* (yield* EventStore).writer(row.session)
    return {
      session: id,
      title,
      at: updatedAt,
      status: running ? runningIn(writer) : (last?.status ?? "not prompted yet"),
      ...(last?.error === undefined ? {} : { error: last.error.message }),
      staged: batches.some((batch) => batch.where === "copy"),
      usage,
      cacheHitRate: cacheHitRate(usage),
      /** The newest request that did not start with the one before it, and why. */
      ...(broke === undefined ? {} : { cacheBroke: broke }),
      compactions
    }
  })

/** What fails is shown as what it is, beside all that does not. */
const tolerant = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.catchAll(effect, (error) => Effect.succeed({ failed: told(error).message }))

/** How many sessions there are, without those of agents, which are counted apart. */
const countsOf = (all: ReadonlyArray<SessionRow>, root: string) => {
  const own = all.filter(isOwn)
  return { total: own.length, here: own.filter((row) => row.root === root).length, agents: all.length - own.length }
}

const briefly = (root: string) =>
  Effect.map(runningHere(root), (runs) => Array.from(runs, ([session, running]) => ({ session, running })))

/** What was spent today (UTC), everywhere. */
const spentToday = Effect.gen(function* () {
  const today = new Date(yield* Clock.currentTimeMillis).toISOString().slice(0, 10)
  const { calls, usage } = sumOf((yield* (yield* EventStore).spending(today)).rows)
  return { calls, usage }
})

const gather = (root: string, detailed: boolean) =>
  Effect.gen(function* () {
    const io = yield* Io
    const mesh = yield* CodeMesh
    const all = yield* tolerant(mesh.list)
    const places = pathsOf(io.env, homeOf(io.env))
    const parts = {
      version,
      root,
      model: yield* tolerant(modelHere(root)),
      credentials: yield* tolerant(keysHere(root)),
      sandbox: yield* tolerant(sandboxHere(root)),
      copies: overlaysWorked(places.data) ? "overlay" : "full",
      trust: yield* tolerant(trustHere(root)),
      atRest: yield* tolerant(atRestHere(root)),
      sessions: "failed" in all ? all : countsOf(all, root),
      running: yield* tolerant(detailed ? atWork(root) : briefly(root)),
      last: yield* tolerant(lastHere(root)),
      today: yield* tolerant(spentToday),
      data: places.data,
      config: places.config
    }
    const faults = Object.values(parts).flatMap((part) =>
      typeof part === "object" && part !== null && "failed" in part ? [part.failed] : []
    )
    return { ...parts, health: faults.length === 0 ? "ok" : [...new Set(faults)].join("; ") }
  })

type Gathered = Effect.Effect.Success<ReturnType<typeof gather>>

const lines = (it: Gathered, detailed: boolean): string => {
  const fail = (part: { readonly failed: string }) => `failed: ${part.failed}`
  const { atRest, credentials, last, model, sandbox, sessions, trust } = it
  const keys =
    "failed" in credentials
      ? fail(credentials)
      : credentials.length === 0
        ? "none"
        : credentials.map(({ provider, source }) => `${provider} (${source})`).join(", ")
  const rows: ReadonlyArray<readonly [string, string]> = [
    ["model", model === null ? "none" : "failed" in model ? fail(model) : modelLine(model)],
    ["credentials", keys],
    ["sandbox", "failed" in sandbox ? fail(sandbox) : `${sandbox.kind} (${sandbox.mode}: ${sandbox.note})`],
    ["copies", copiesLine(it)],
    ["trust", "failed" in trust ? fail(trust) : trustLine(trust)],
    ["at rest", "failed" in atRest ? fail(atRest) : atRestLine(atRest)],
    ["network", "failed" in sandbox ? fail(sandbox) : networkLine(sandbox)],
    ["sessions", "failed" in sessions ? fail(sessions) : `${sessions.total}, ${sessions.here} of this folder`],
    ["running", "failed" in it.running ? fail(it.running) : runningLine(it.running)],
    ["today", "failed" in it.today ? fail(it.today) : todayLine(it.today)],
    ["last operation", last === null ? "none" : "failed" in last ? fail(last) : lastLine(last)],
    ["health", it.health]
  ]
  const more: ReadonlyArray<readonly [string, string]> = detailed ? details(it) : []
  return [...rows, ...more].map(([name, text]) => `${`${name}:`.padEnd(16)}${oneLine(text, 400)}\n`).join("")
}

const runningLine = (all: ReadonlyArray<{ readonly session: string; readonly running: Running }>): string =>
  all.length === 0 ? "nothing" : all.map(({ running, session }) => `${session} ${runningText(running)}`).join("; ")

/** How copies come about for commands, as far as earlier commands have shown. */
const copiesLine = ({ atRest, copies, sandbox }: Gathered): string => {
  if ("failed" in sandbox || sandbox.kind !== "bubblewrap")
    return "full ones for commands, as they run in no bubblewrap"
  if (!("failed" in atRest) && atRest.encrypted) return "full ones for commands, which are gone with their session"
  return copies === "overlay" ? "overlays over one frozen tree" : "full ones so far; the next command tries overlays"
}

const trustWords = {
  nothing: "this folder brings nothing of its own",
  trusted: "this folder's own files count",
  unknown: "this folder's own files have no effect until you trust it with `code-mesh trust`",
  changed: "this folder's own files were changed since, and have no effect until you trust it with `code-mesh trust`",
  refused: "this folder's own files have no effect, as you said; `code-mesh trust` changes that"
}

const trustLine = ({ files, state }: Exclude<Gathered["trust"], { readonly failed: string }>): string =>
  `${trustWords[state]}${files.length === 0 ? "" : ` (${files.join(", ")})`}`

const openWords = {
  contents: "contents kept before it was switched on",
  copies: "working copies that commands ran in"
} as const

const atRestLine = ({ encrypted, keys, open }: Exclude<Gathered["atRest"], { readonly failed: string }>): string => {
  if (!encrypted) return `what sessions record is not encrypted; the API keys are in ${keys}`
  const rest = open.length === 0 ? "" : `; in the open: ${open.map((one) => openWords[one]).join(", ")}`
  return `what sessions record and change is encrypted, its key with the API keys in ${keys}${rest}`
}

const todayLine = ({ calls, usage }: Pick<Sum, "calls" | "usage">): string =>
  calls === 0 ? "no model was asked" : `${usedText({ usage })} in ${count(calls, "model call")}`

type Last = Exclude<Gathered["last"], null | { readonly failed: string }>

const lastLine = ({ at, error, session, staged, status, title }: Last): string =>
  `${status} · ${oneLine(title, 60)} · ${session} · ${at}${staged ? " · changes staged" : ""}${error === undefined ? "" : ` · ${error}`}`

const details = (it: Gathered): ReadonlyArray<readonly [string, string]> => {
  const { last } = it
  const used: ReadonlyArray<readonly [string, string]> =
    last === null || "failed" in last
      ? []
      : [
          ["tokens", `${last.usage.input} in, ${last.usage.output} out, ${last.usage.cacheRead} read from cache`],
          ["cost", `${last.usage.cost.toFixed(4)} USD`],
          ["cache hit rate", cacheText(last.usage, last.cacheBroke)],
          ["compactions", count(last.compactions, "time")]
        ]
  const limits: ReadonlyArray<readonly [string, string]> =
    "failed" in it.sandbox ? [] : [["limits", limitsLine(it.sandbox)]]
  return [...used, ...limits, ["version", it.version], ["project", it.root], ["data", it.data], ["config", it.config]]
}

const isDetailed = (one: object): one is Work => "agents" in one

/** What each session that runs does, where that was asked for. */
const worked = ({ running }: Gathered): string =>
  "failed" in running ? "" : running.map((one) => (isDetailed(one) ? `\n${workText(one)}` : "")).join("")

interface StatusFlags {
  readonly detailed: boolean
  readonly format: Option.Option<"text" | "json">
}

/** Prints what is in force in a folder, what there is, and how the last run went. */
export const printStatus = (flags: StatusFlags, root: string) =>
  Effect.gen(function* () {
    const io = yield* Io
    const it = yield* gather(root, flags.detailed)
    if (Option.contains(flags.format, "json")) yield* io.out(jsonText(it))
    else yield* io.out(visible(lines(it, flags.detailed) + worked(it)))
    return it.health === "ok" ? exit.done : exit.failed
  })

/** What is in force here, what there is, and how the last run went. */
export const status = (flags: StatusFlags, call: Invocation) =>
  inWorld(call, { quiet: true }, (root) => printStatus(flags, root))
