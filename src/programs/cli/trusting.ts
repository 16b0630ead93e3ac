/** Asks once whether a folder's own settings count, and says what does not count where nobody can be asked. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as FileConfigSource from "../../adapters/node/FileConfigSource.ts"
import * as FileTrust from "../../adapters/node/FileTrust.ts"
import { pathsOf } from "../../adapters/node/Paths.ts"
import { Settings } from "../../domain/config/Settings.ts"
import type { Looked, Trust } from "../../ports/Trust.ts"
import { confirm } from "./asking.ts"
import { homeOf } from "./home.ts"
import { Io } from "./Io.ts"
import { visible } from "./visible.ts"
import { count, oneLine, settingText } from "./words.ts"

/** The person's answers, where this environment keeps them. */
export const trustOf = (env: Io["Type"]["env"]): typeof Trust.Service =>
  FileTrust.make({ path: pathsOf(env, homeOf(env)).trust })

/** A setting without effect. */
type Ignored = Effect.Effect.Success<ReturnType<typeof Settings.Service.load>>["ignored"][number]

/** The settings that a folder would change if it were trusted; none where they make no sense, which is told elsewhere. */
const settingsOf = (root: string, trust: typeof Trust.Service) =>
  Effect.gen(function* () {
    const io = yield* Io
    const { config } = pathsOf(io.env, homeOf(io.env))
    const source = FileConfigSource.layer({ folder: config, env: {}, trust })
    const load = Effect.flatMap(Settings, (settings) => settings.load(root))
    const { ignored } = yield* Effect.provide(load, Layer.provide(Settings.layer, source))
    return ignored
  }).pipe(Effect.orElseSucceed((): ReadonlyArray<Ignored> => []))

/** So many settings and files are shown; more are counted. */
const most = 30

const listed = (lines: ReadonlyArray<string>): string =>
  [...lines.slice(0, most), ...(lines.length > most ? [`… and ${lines.length - most} more`] : [])]
    .map((line) => `  ${oneLine(visible(line), 200)}\n`)
    .join("")

/** What a folder brings, for people: its files, and the settings that they would change. */
export const broughtText = (looked: Looked, settings: ReadonlyArray<Ignored>): string => {
  const sets = listed(settings.map(({ key, value }) => settingText(key, value)))
  const files = listed(looked.files.map(({ hash, path }) => `${path}  ${hash.slice(0, 12)}`))
  return `${files}${sets === "" ? "" : `It would set:\n${sets}`}`
}

/** The same for a folder as it is now. */
export const brought = (looked: Looked, trust: typeof Trust.Service) =>
  Effect.map(settingsOf(looked.root, trust), (settings) => broughtText(looked, settings))

const inShell = (path: string): string => (/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`)

/** The line about what has no effect, and the command that changes it. */
export const untrustedLine = (looked: Looked): string => {
  const why = { unknown: "is not trusted", changed: "was changed since it was trusted", refused: "is not trusted" }
  const { files, root, state } = looked
  if (state === "trusted" || state === "nothing") return ""
  return oneLine(
    `${visible(root)} ${why[state]}: ${count(files.length, "file")} of its own (${visible(files[0]?.path ?? "")}${files.length > 1 ? ", …" : ""}) ${files.length === 1 ? "has" : "have"} no effect. To trust: code-mesh trust ${visible(inShell(root))}`,
    1000
  )
}

const ask = (looked: Looked, trust: typeof Trust.Service) =>
  Effect.gen(function* () {
    const io = yield* Io
    const before = looked.state === "changed" ? " They are not what you answered about before." : ""
    yield* io.err(
      `\nThis folder brings files of its own that change what code-mesh does: ${visible(looked.root)}.${before}\n${yield* brought(looked, trust)}`
    )
    const yes = yield* confirm("Do you trust them?")
    yield* trust.keep(looked, yes ? "trusted" : "refused")
    return yes
  })

/**
 * Sees to it that the person has said whether a folder's own files count: asks where somebody is there and has not
 * answered about exactly these files, else says in one line what has no effect.
 */
export const settleTrust = (root: string) =>
  Effect.gen(function* () {
    const io = yield* Io
    const trust = trustOf(io.env)
    const looked = yield* trust.look(root)
    const open = looked.state === "unknown" || looked.state === "changed"
    if (open && io.attended && (yield* ask(looked, trust))) return
    const line = untrustedLine(looked)
    if (line !== "") yield* io.err(`${line}\n`)
    // What cannot be looked at is told by whatever needs the settings.
  }).pipe(Effect.ignore)

/**
 * Does what changes a folder's own files in the person's name. Where all of them were trusted before, or there were
 * none, they are trusted after it as well; answers whether they are.
 */
export const inOwnName = <A, E, R>(root: string, work: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const trust = trustOf((yield* Io).env)
    const before = yield* Effect.option(trust.look(root))
    yield* work
    const wasOurs = Option.exists(before, ({ state }) => state === "trusted" || state === "nothing")
    if (wasOurs) yield* Effect.flatMap(trust.look(root), (looked) => trust.keep(looked, "trusted"))
    return wasOurs
  })
