/** A workspace whose writes are kept beside a real one: what was touched comes from its rows, all else from the base. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { type Entry, FileError, type Located, type Stat, type WorkspaceService } from "../../../ports/Workspace.ts"
import {
  absolute,
  baseName,
  byCodeUnit,
  escaped,
  namesOf,
  normal,
  parentOf,
  under,
  unspeakable,
  within
} from "../spelling.ts"
import { type BlobStore, type Held, kindOfMode } from "./held.ts"
import { type Ground, isGits, parentsOf, type Standing } from "./plan.ts"

/** A touched path: what it held at the last checkpoint, and what it holds now. */
export interface Row {
  readonly was: Held | null
  readonly now: Held | null
}

/** What an overlay is made of. `save` keeps the rows as they are now. */
export interface OverlayParts {
  readonly base: WorkspaceService
  readonly ground: Ground
  readonly rows: Map<string, Row>
  readonly blobs: BlobStore
  readonly save: Effect.Effect<void, FileError>
}

/** More links than this on one way are taken for a loop, as Linux does. */
const mostLinks = 40

type Spot = { readonly key: string } | { readonly outside: Located }

const fail = (kind: FileError["kind"], path: string, reason: string) =>
  Effect.fail(new FileError({ kind, path, reason }))

/** Whether a touched path makes this one a directory of the copy. */
const isParent = (rows: ReadonlyMap<string, Row>, key: string): boolean => {
  const prefix = `${key}/`
  for (const [path, row] of rows) if (row.now !== null && path.startsWith(prefix)) return true
  return false
}

/** The file, link or deletion above a path that hides whatever the base has there. */
const hiding = (rows: ReadonlyMap<string, Row>, key: string): string | undefined =>
  parentsOf(key).find((parent) => rows.has(parent) && !isParent(rows, parent))

/** A walk through the copy: where it stands, inside the root, and the names still to go, last first. */
interface Walk {
  readonly real: ReadonlyArray<string>
  readonly rest: ReadonlyArray<string>
}

const entering = (located: Located): Walk | Located =>
  located.inside ? { real: [], rest: [...namesOf(located.path)].reverse() } : located

/** The walk goes on from an absolute path, by the base's links until it is inside the root again. */
const away = (base: WorkspaceService, to: string, rest: ReadonlyArray<string>) =>
  Effect.map(base.locate(under(to, [...rest].reverse().join("/"))), entering)

const start = ({ base }: OverlayParts, path: string): Effect.Effect<Walk | Located, FileError> => {
  const inner = path.startsWith("/") ? within(base.root, path) : /^~(\/|$)/.test(path) ? undefined : path
  if (inner === undefined) return Effect.map(base.locate(path), entering)
  return Effect.succeed({ real: [], rest: [...namesOf(inner)].reverse() })
}

const alongText = (base: WorkspaceService, text: string, { real, rest }: Walk) => {
  const kept = text.startsWith("/") ? within(base.root, text) : text
  if (kept === undefined) return away(base, text, rest)
  const names = [...rest, ...[...namesOf(kept)].reverse()]
  return Effect.succeed<Walk | Located>({ real: text.startsWith("/") ? [] : real, rest: names })
}

/** One name further. A step that followed a link says so by `link`. */
const further = (parts: OverlayParts, { real, rest: all }: Walk) =>
  Effect.gen(function* () {
    const { base, blobs, rows } = parts
    const rest = all.slice(0, -1)
    const name = all[all.length - 1] ?? ""
    if (name === "..") {
      if (real.length > 0) return { to: { real: real.slice(0, -1), rest }, link: false }
      return { to: yield* away(base, parentOf(base.root), rest), link: true }
    }
    const key = [...real, name].join("/")
    const row = rows.get(key)
    if (row?.now?.kind === "symlink") {
      const text = new TextDecoder().decode(yield* blobs.get(row.now.hash))
      return { to: yield* alongText(base, text, { real, rest }), link: true }
    }
    const to = { real: [...real, name], rest }
    if (row !== undefined || hiding(rows, key) !== undefined || isParent(rows, key)) return { to, link: false }
    const located = yield* base.locate(under(base.root, key))
    if (located.inside && located.path === key) return { to, link: false }
    if (!located.inside) return { to: yield* away(base, located.real, rest), link: true }
    return { to: { real: [], rest: [...rest, ...[...namesOf(located.path)].reverse()] }, link: true }
  })

/** Where a spelling leads in the copy, every link followed. */
const find = (parts: OverlayParts, path: string): Effect.Effect<Spot, FileError> =>
  Effect.gen(function* () {
    let at = yield* start(parts, path)
    for (let links = 0; links <= mostLinks; ) {
      if ("inside" in at) return { outside: at }
      if (at.rest.length === 0) return { key: at.real.join("/") }
      const step: { to: Walk | Located; link: boolean } = yield* further(parts, at)
      at = step.to
      if (step.link) links += 1
    }
    return yield* fail("loop", path, "its links lead in a circle")
  })

/** Where a spelling leads; while nothing was touched, the base knows best. */
const spotOf = (parts: OverlayParts, path: string): Effect.Effect<Spot, FileError> => {
  const refused = unspeakable(path)
  if (refused !== undefined) return Effect.fail(refused)
  if (parts.rows.size > 0) return find(parts, path)
  return Effect.map(parts.base.locate(path), (it) => (it.inside ? { key: it.path } : { outside: it }))
}

const directory: Stat = { kind: "directory", size: 0, mode: 0o755, mtimeMs: 0 }

const statOfHeld = (held: Held): Stat => ({
  kind: held.kind === "symlink" ? "symlink" : "file",
  size: held.size,
  mode: held.mode ?? (held.kind === "file" ? 0o644 : 0o755),
  mtimeMs: held.mtimeMs ?? 0
})

const statOf = (parts: OverlayParts, key: string): Effect.Effect<Stat | undefined, FileError> => {
  const { base, rows } = parts
  const row = rows.get(key)
  const now = row?.now ?? null
  if (now !== null) return Effect.succeed(statOfHeld(now))
  const stat = Effect.map(base.locate(under(base.root, key)), (it) => it.stat)
  if (isParent(rows, key)) return Effect.map(stat, (it) => (it?.kind === "directory" ? it : directory))
  return row !== undefined || hiding(rows, key) !== undefined ? Effect.succeed(undefined) : stat
}

/** The error of a path at which nothing stands: a parent may be no directory. */
const absent = (parts: OverlayParts, path: string, key: string) =>
  Effect.gen(function* () {
    for (const parent of parentsOf(key)) {
      const stat = yield* statOf(parts, parent)
      if (stat !== undefined && stat.kind !== "directory")
        return yield* fail("not_directory", path, "a part of the path is not a directory")
    }
    return yield* fail("missing", path, "there is no such file or directory")
  })

const read = (parts: OverlayParts, path: string, key: string, maxBytes: number | undefined) =>
  Effect.gen(function* () {
    const now = parts.rows.get(key)?.now
    if (now !== null && now !== undefined) {
      if (maxBytes !== undefined && now.size > maxBytes)
        return yield* fail("too_large", path, `it is larger than ${maxBytes} bytes`)
      return yield* parts.blobs.get(now.hash)
    }
    const stat = yield* statOf(parts, key)
    if (stat === undefined) return yield* absent(parts, path, key)
    if (isParent(parts.rows, key)) return yield* fail("is_directory", path, "it is a directory")
    return yield* parts.base.read(under(parts.base.root, key), maxBytes)
  })

/** What a path held when the copy first touched it, which is then the base of its changes for good. */
const frozen = (parts: OverlayParts, path: string, key: string): Effect.Effect<Held | null, FileError> =>
  Effect.gen(function* () {
    if (hiding(parts.rows, key) !== undefined || isParent(parts.rows, key)) return null
    const at = yield* parts.ground.look(key)
    if (at.kind === "entry") return at.held
    const located = yield* parts.base.locate(under(parts.base.root, key))
    if (located.path === key && located.stat?.kind === "directory")
      return yield* fail("is_directory", path, "it is a directory")
    if (at.kind === "other") return yield* fail("not_regular", path, "it is not a regular file")
    return null
  })

const settle = (parts: OverlayParts, key: string, row: Row): Effect.Effect<void, FileError> => {
  const before = parts.rows.get(key)
  parts.rows.set(key, row)
  return Effect.tapError(parts.save, () =>
    Effect.sync(() => (before === undefined ? parts.rows.delete(key) : parts.rows.set(key, before)))
  )
}

const write = (parts: OverlayParts, path: string, key: string, bytes: Uint8Array, mode: number | undefined) =>
  Effect.gen(function* () {
    if (isGits(key)) return yield* fail("permission", path, "git's own folder is not part of a working copy")
    const stat = yield* statOf(parts, key)
    if (stat?.kind === "directory") return yield* fail("is_directory", path, "it is a directory")
    if (stat !== undefined && stat.kind !== "file") return yield* fail("not_regular", path, "it is not a regular file")
    if (stat === undefined) {
      const error = yield* Effect.flip(absent(parts, path, key))
      if (error.kind !== "missing") return yield* Effect.fail(error)
    }
    const row = parts.rows.get(key)
    const was = row === undefined ? yield* frozen(parts, path, key) : row.was
    const bits = mode ?? stat?.mode
    const now: Held = {
      hash: yield* parts.blobs.put(bytes),
      size: bytes.length,
      kind: bits === undefined ? "file" : kindOfMode(bits),
      ...(bits === undefined ? {} : { mode: bits }),
      mtimeMs: yield* Clock.currentTimeMillis
    }
    yield* settle(parts, key, { was, now })
  })

const remove = (parts: OverlayParts, path: string, key: string) =>
  Effect.gen(function* () {
    if (isGits(key)) return yield* fail("permission", path, "git's own folder is not part of a working copy")
    const row = parts.rows.get(key)
    if (row !== undefined && row.now !== null) return yield* settle(parts, key, { was: row.was, now: null })
    if (isParent(parts.rows, key)) return yield* fail("is_directory", path, "it is a directory")
    const was = row === undefined ? yield* frozen(parts, path, key) : null
    if (was === null) return yield* absent(parts, path, key)
    yield* settle(parts, key, { was, now: null })
  })

/** A directory's names as the rows change them. */
const withRows = (rows: ReadonlyMap<string, Row>, key: string, names: Map<string, Entry["kind"]>): void => {
  for (const [at, { now }] of rows) {
    const inner = key === "" ? at : within(key, at)
    if (inner === undefined || inner === "") continue
    const name = inner.split("/")[0] ?? inner
    if (name !== inner && now !== null) names.set(name, "directory")
    else if (name === inner && now !== null) names.set(name, now.kind === "symlink" ? "symlink" : "file")
    else if (name === inner && !isParent(rows, at)) names.delete(name)
  }
}

const list = (parts: OverlayParts, path: string, key: string) =>
  Effect.gen(function* () {
    const stat = yield* statOf(parts, key)
    if (stat === undefined) return yield* absent(parts, path, key)
    if (stat.kind !== "directory") return yield* fail("not_directory", path, "it is not a directory")
    const { base, rows } = parts
    const hidden = key !== "" && (rows.has(key) || hiding(rows, key) !== undefined)
    const own = hidden ? undefined : (yield* base.locate(under(base.root, key))).stat
    const names = new Map<string, Entry["kind"]>()
    if (own?.kind === "directory")
      for (const entry of yield* base.list(under(base.root, key))) names.set(entry.name, entry.kind)
    withRows(rows, key, names)
    return [...names].map(([name, kind]) => ({ name, kind })).sort((a, b) => byCodeUnit(a.name, b.name))
  })

/** A directory entry's own name and its directory, whose links are followed while its own is not. */
const entryNamed = (path: string): Effect.Effect<{ readonly name: string; readonly parent: string }, FileError> => {
  const spelled = path.replace(/\/+$/, "")
  const name = baseName(spelled)
  if (name === "" || name === "." || name === ".." || name === "~")
    return fail("is_directory", path, "it is a directory")
  return Effect.succeed({ name, parent: parentOf(spelled) || "." })
}

/** Where an outside path really is; one that is spelled inside must not have led there. */
const passed = (base: WorkspaceService, path: string, located: Located): Effect.Effect<string, FileError> => {
  const spelled = /^~(\/|$)/.test(path) ? undefined : within(base.root, normal(absolute(path, base.root, "")))
  return spelled === undefined ? Effect.succeed(located.real) : Effect.fail(escaped(path, located.real))
}

/** The workspace that an overlay shows. */
export const overlay = (parts: OverlayParts): WorkspaceService => {
  const { base } = parts
  const either = <A>(
    path: string,
    spot: Effect.Effect<Spot, FileError>,
    inside: (key: string) => Effect.Effect<A, FileError>,
    outside: (real: string) => Effect.Effect<A, FileError>
  ) =>
    Effect.flatMap(spot, (it) =>
      "key" in it ? inside(it.key) : Effect.flatMap(passed(base, path, it.outside), outside)
    )
  return {
    root: base.root,
    locate: (path) =>
      Effect.flatMap(spotOf(parts, path), (spot) => {
        if ("outside" in spot) return Effect.succeed(spot.outside)
        const place = { path: spot.key, real: under(base.root, spot.key), inside: true }
        return Effect.map(statOf(parts, spot.key), (stat) => (stat === undefined ? place : { ...place, stat }))
      }),
    read: (path, maxBytes) =>
      either(
        path,
        spotOf(parts, path),
        (key) => read(parts, path, key, maxBytes),
        (real) => base.read(real, maxBytes)
      ),
    write: (path, bytes, mode) =>
      either(
        path,
        spotOf(parts, path),
        (key) => write(parts, path, key, bytes, mode),
        (real) => base.write(real, bytes, mode)
      ),
    remove: (path) =>
      Effect.flatMap(entryNamed(path), ({ name, parent }) =>
        either(
          path,
          spotOf(parts, parent),
          (key) => remove(parts, path, key === "" ? name : `${key}/${name}`),
          (real) => base.remove(under(real, name))
        )
      ),
    list: (path) =>
      either(
        path,
        spotOf(parts, path),
        (key) => list(parts, path, key),
        (real) => base.list(real)
      )
  }
}

/** An overlay as a ground to merge onto: its rows first, then the base's own ground. */
export const overlayGround = (parts: OverlayParts): Ground => ({
  look: (path): Effect.Effect<Standing, FileError> => {
    const row = parts.rows.get(path)
    if (row?.now) return Effect.succeed({ kind: "entry", held: row.now })
    if (isParent(parts.rows, path)) return Effect.succeed({ kind: "directory" })
    if (row !== undefined) return Effect.succeed({ kind: "absent" })
    const parent = hiding(parts.rows, path)
    if (parent === undefined) return parts.ground.look(path)
    const held = parts.rows.get(parent)?.now
    if (!held) return Effect.succeed({ kind: "absent" })
    return Effect.succeed({ kind: "under", parent, link: held.kind === "symlink" })
  },
  under: (path) =>
    Effect.map(
      Effect.orElseSucceed(parts.ground.under(path), () => []),
      (files) => [
        ...files.filter((file) => !parts.rows.has(file)),
        ...[...parts.rows].filter(([key, row]) => row.now !== null && within(path, key)).map(([key]) => key)
      ]
    )
})
