/** The session database on disk, through whichever SQLite driver this Node has. */
import { accessSync, chmodSync, closeSync, constants, existsSync, fstatSync, openSync, statfsSync } from "node:fs"
import { dirname } from "node:path"
import type { SqlClient } from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { EventStore, StoreFailed } from "../../ports/EventStore.ts"
import type { Sealing } from "../shared/sealing.ts"
import { ensureFolder } from "./folders.ts"
import { holders } from "./processes.ts"
import { type Driver, drivers, MissingDriver, openWith } from "./sqliteDrivers.ts"

/** Where the database is, and, for tests and trouble, which driver to take. */
export interface SqliteOptions {
  readonly path: string
  readonly driver?: Driver
  /** How sessions are sealed; not at all where absent. */
  readonly sealing?: Sealing
}

const failed = (kind: StoreFailed["kind"], reason: string, remedy: string): StoreFailed =>
  new StoreFailed({ kind, reason, remedy })

const systemKinds: Readonly<Record<string, StoreFailed["kind"]>> = {
  EACCES: "readonly",
  EPERM: "readonly",
  EROFS: "readonly",
  ENOSPC: "full",
  EDQUOT: "full"
}

const systemRemedies: Readonly<Partial<Record<StoreFailed["kind"], string>>> = {
  readonly: "Make the folder writable, or set CODE_MESH_HOME to a folder that is.",
  full: "Make room on the disk; what was stored before is safe."
}

const fromSystem = (path: string, error: unknown): StoreFailed => {
  const code = error instanceof Error && "code" in error ? String(error.code) : ""
  const kind = systemKinds[code] ?? "other"
  const reason = `${path} cannot be opened for writing (${error instanceof Error ? error.message : String(error)})`
  return failed(kind, reason, systemRemedies[kind] ?? "Set CODE_MESH_HOME to a folder that can be used.")
}

/** The folder itself or the first above it that exists: what it refuses is told better by it than by `mkdir`. */
const nearest = (folder: string): string => (existsSync(folder) ? folder : nearest(dirname(folder)))

/** The file, there for its owner alone before SQLite sees it; journals get the same mode from SQLite. */
const secureFile = (path: string): Effect.Effect<void, StoreFailed> =>
  Effect.try({
    try: () => {
      const folder = dirname(path)
      accessSync(nearest(folder), constants.W_OK)
      ensureFolder(folder, 0o700)
      const fd = openSync(path, constants.O_CREAT | constants.O_RDWR, 0o600)
      try {
        if ((fstatSync(fd).mode & 0o077) !== 0) chmodSync(path, 0o600)
      } finally {
        closeSync(fd)
      }
    },
    catch: (error) => fromSystem(path, error)
  })

const noDriver = (tried: ReadonlyArray<string>): StoreFailed =>
  failed(
    "other",
    `no SQLite driver could be loaded (${tried.join("; ")})`,
    "Use Node 22 or newer, or install code-mesh again without --omit=optional."
  )

/** Opens with the first driver that loads. */
const openFirst = (
  path: string,
  candidates: ReadonlyArray<Driver>,
  tried: ReadonlyArray<string> = []
): Effect.Effect<SqlClient, StoreFailed, Scope.Scope> => {
  const [driver, ...rest] = candidates
  if (driver === undefined) return Effect.fail(noDriver(tried))
  return Effect.catchAll(openWith(driver, path), (error) =>
    error instanceof MissingDriver
      ? openFirst(path, rest, [...tried, `${driver}: ${error.reason}`])
      : Effect.fail(error)
  )
}

const chosen = (options: SqliteOptions): ReadonlyArray<Driver> => {
  const wanted = options.driver ?? process.env.CODE_MESH_SQLITE_DRIVER
  return drivers.includes(wanted as Driver) ? [wanted as Driver] : drivers
}

/** SQLite calls it an I/O error when there is no room for its own files beside the database. */
const orFull =
  (path: string) =>
  (error: StoreFailed): StoreFailed => {
    if (error.kind !== "other") return error
    try {
      const { bavail } = statfsSync(dirname(path))
      return bavail > 0 ? error : failed("full", `the disk of ${path} is full`, systemRemedies.full ?? "")
    } catch {
      return error
    }
  }

/** Opens the database, making its folder (mode 0700) and file (0600) where they are missing. */
export const client = (options: SqliteOptions): Effect.Effect<SqlClient, StoreFailed, Scope.Scope> =>
  Effect.mapError(
    Effect.zipRight(secureFile(options.path), openFirst(options.path, chosen(options))),
    orFull(options.path)
  )

/** Logs in a SQLite file, opened when first used: what goes wrong with the file is told then. */
export const layer = (options: SqliteOptions): Layer.Layer<EventStore> =>
  Layer.scoped(
    EventStore,
    Effect.flatMap(
      Effect.promise(() => import("../shared/SqlEventStore.ts")),
      (store) => store.make(client(options), holders(), options.sealing)
    )
  )
