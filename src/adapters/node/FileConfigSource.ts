/** Settings from files (TOML, JSON, JSONC) and from environment variables. */
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { ConfigInvalid, ConfigSource, type RawLayer } from "../../ports/ConfigSource.ts"
import { type Parsed, parseJsonc, parseToml } from "./configFormats.ts"
import { environmentLayers } from "./environmentLayers.ts"
import { type Environment, paths } from "./Paths.ts"

/** Where to look; what is absent is taken from this process. */
export interface FileConfigOptions {
  /** Folder of the global config. */
  readonly folder?: string
  readonly env?: Environment
}

type Kind = "global" | "project"

/** The files that may hold a kind of config; at most one of them may be there. */
export const configFiles = (kind: Kind, folder: string): readonly [string, ...ReadonlyArray<string>] =>
  kind === "global"
    ? [join(folder, "config.toml"), join(folder, "config.json"), join(folder, "config.jsonc")]
    : [
        join(folder, "code-mesh.toml"),
        join(folder, ".code-mesh", "config.json"),
        join(folder, ".code-mesh", "config.jsonc")
      ]

const absent = new Set(["ENOENT", "ENOTDIR"])

const originOf = (kind: Kind, path: string): string => `${kind} config ${path}`

/** A file's text, or nothing where there is none. */
const readText = (kind: Kind, path: string): Effect.Effect<Option.Option<string>, ConfigInvalid> =>
  Effect.tryPromise({
    try: () => readFile(path, "utf8"),
    catch: (error) => (error instanceof Error ? error : new Error(String(error)))
  }).pipe(
    Effect.map((text) => Option.some(text.replace(/^\uFEFF/, ""))),
    Effect.catchAll((error) =>
      "code" in error && absent.has(String(error.code))
        ? Effect.succeedNone
        : Effect.fail(new ConfigInvalid({ origin: originOf(kind, path), reason: `cannot be read (${error.message})` }))
    )
  )

const toLayer = (kind: Kind, path: string, parsed: Parsed): Effect.Effect<RawLayer, ConfigInvalid> => {
  const origin = originOf(kind, path)
  if (parsed._tag === "Wrong") {
    return Effect.fail(new ConfigInvalid({ origin, line: parsed.line, reason: parsed.reason }))
  }
  return Effect.succeed({ origin, kind, value: parsed.value, line: (key) => Option.fromNullable(parsed.line(key)) })
}

const parse = (kind: Kind, path: string, text: string): Effect.Effect<RawLayer, ConfigInvalid> =>
  Effect.flatMap(
    Effect.promise(() => (path.endsWith(".toml") ? parseToml(text) : parseJsonc(text))),
    (parsed) => toLayer(kind, path, parsed)
  )

/** So many files are remembered. */
const most = 16

/** What a file said when it was last read, so that the same text is parsed and checked once. */
type Known = Map<string, { readonly text: string; readonly layer: RawLayer }>

const fileLayers = (kind: Kind, folder: string, known: Known): Effect.Effect<ReadonlyArray<RawLayer>, ConfigInvalid> =>
  Effect.gen(function* () {
    const files = configFiles(kind, folder)
    const texts = yield* Effect.forEach(
      files,
      (path) =>
        Effect.map(
          readText(kind, path),
          Option.map((text) => ({ path, text }))
        ),
      { concurrency: files.length }
    )
    const [first, second] = texts.flatMap(Option.toArray)
    if (first === undefined) return []
    if (second !== undefined) {
      const reason = `there is ${first.path} as well; keep one of them`
      return yield* new ConfigInvalid({ origin: originOf(kind, second.path), reason })
    }
    const before = known.get(first.path)
    if (before?.text === first.text) return [before.layer]
    const layer = yield* parse(kind, first.path, first.text)
    known.delete(first.path)
    known.set(first.path, { text: first.text, layer })
    for (const path of [...known.keys()].slice(0, -most)) known.delete(path)
    return [layer]
  })

/** Settings from the global folder, the project and the environment. */
export const layer = (options: FileConfigOptions = {}): Layer.Layer<ConfigSource> =>
  Layer.sync(ConfigSource, () => {
    const folder = options.folder ?? paths().config
    const env = options.env ?? process.env
    // Settings of the newest few projects: a process that serves many does not keep them all.
    const known: Known = new Map()
    return {
      layers: (root) =>
        Effect.map(
          Effect.all([fileLayers("global", folder, known), fileLayers("project", root, known)], { concurrency: 2 }),
          ([global, project]) => [...global, ...project, ...environmentLayers(env)]
        ),
      profile: Effect.succeed(Option.filter(Option.fromNullable(env.CODE_MESH_PROFILE), (name) => name !== ""))
    }
  })
