/** Settings from files (TOML, JSON, JSONC) and from environment variables. */
import { readFile } from "node:fs/promises"
import { basename, join, relative, sep } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { ConfigInvalid, ConfigSource, type RawLayer } from "../../ports/ConfigSource.ts"
import type { Looked, Trust } from "../../ports/Trust.ts"
import { type Parsed, parseJsonc, parseToml } from "./configFormats.ts"
import { environmentLayers } from "./environmentLayers.ts"
import { kindsOfFile, markdownFilesIn, markdownLayers } from "./markdownLayers.ts"
import { type Environment, paths } from "./Paths.ts"

/** Where to look; what is absent is taken from this process. */
export interface FileConfigOptions {
  /** Folder of the global config. */
  readonly folder?: string
  readonly env?: Environment
  /** Says whether a project's settings count; where absent they do. */
  readonly trust?: typeof Trust.Service
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

const withoutMark = (text: string): string => text.replace(/^\uFEFF/, "")

/** A file's text, or nothing where there is none. */
const readText = (kind: Kind, path: string): Effect.Effect<Option.Option<string>, ConfigInvalid> =>
  Effect.tryPromise({
    try: () => readFile(path, "utf8"),
    catch: (error) => (error instanceof Error ? error : new Error(String(error)))
  }).pipe(
    Effect.map((text) => Option.some(withoutMark(text))),
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

type ReadText = (path: string) => Effect.Effect<Option.Option<string>, ConfigInvalid>

const fileLayers = (
  kind: Kind,
  folder: string,
  known: Known,
  read: ReadText = (path) => readText(kind, path)
): Effect.Effect<ReadonlyArray<RawLayer>, ConfigInvalid> =>
  Effect.gen(function* () {
    const files = configFiles(kind, folder)
    const texts = yield* Effect.forEach(
      files,
      (path) =>
        Effect.map(
          read(path),
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

/** What was looked at is what is read: a file that changes in between does not count. */
const fromLooked =
  (looked: Looked, folder: string): ReadText =>
  (path) =>
    Effect.sync(() => {
      const bytes = looked.read(relative(folder, path).replaceAll(sep, "/"))
      return bytes === undefined ? Option.none() : Option.some(withoutMark(new TextDecoder().decode(bytes)))
    })

/** A project's settings, inert where the person has not trusted them as they are. */
const projectLayers = (root: string, known: Known, trust: typeof Trust.Service) =>
  Effect.gen(function* () {
    const looked = yield* Effect.mapError(
      trust.look(root),
      ({ message }) => new ConfigInvalid({ origin: originOf("project", root), reason: message.replace(/\.$/, "") })
    )
    const read = fromLooked(looked, root)
    const files = looked.files.flatMap(({ path }) => {
      const of = kindsOfFile.find((kind) => path === `.code-mesh/${kind}/${basename(path)}` && path.endsWith(".md"))
      const bytes = of === undefined ? undefined : looked.read(path)
      return of === undefined || bytes === undefined
        ? []
        : [{ of, path: join(root, path), text: new TextDecoder().decode(bytes) }]
    })
    const layers = [...(yield* fileLayers("project", root, known, read)), ...(yield* markdownLayers("project", files))]
    return looked.state === "trusted" ? layers : layers.map(asInert)
  })

const asInert = (layer: RawLayer): RawLayer => ({ ...layer, inert: true })

/** Settings from the global folder, the project and the environment. */
export const layer = (options: FileConfigOptions = {}): Layer.Layer<ConfigSource> =>
  Layer.sync(ConfigSource, () => {
    const folder = options.folder ?? paths().config
    const env = options.env ?? process.env
    // Settings of the newest few projects: a process that serves many does not keep them all.
    const known: Known = new Map()
    const { trust } = options
    const withMarkdown = (kind: Kind, at: string, files: string) =>
      Effect.zipWith(
        fileLayers(kind, at, known),
        Effect.flatMap(markdownFilesIn(files), (found) => markdownLayers(kind, found)),
        (all, ofMarkdown) => [...all, ...ofMarkdown]
      )
    const project = (root: string) =>
      trust === undefined ? withMarkdown("project", root, join(root, ".code-mesh")) : projectLayers(root, known, trust)
    return {
      layers: (root) =>
        Effect.map(
          Effect.all([withMarkdown("global", folder, folder), project(root)], { concurrency: 2 }),
          ([global, project]) => [...global, ...project, ...environmentLayers(env)]
        ),
      profile: Effect.succeed(Option.filter(Option.fromNullable(env.CODE_MESH_PROFILE), (name) => name !== ""))
    }
  })
