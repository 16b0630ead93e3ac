/** Whether what the data folder holds is whole, and the repair of what can be repaired without losing anything that is. */
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import * as Stream from "effect/Stream"
import { diskBlobs } from "../../adapters/node/copies/blobs.ts"
import type { Paths } from "../../adapters/node/Paths.ts"
import { pageFaults, setAside } from "../../adapters/node/tornTail.ts"
import { CodeMesh } from "../../domain/CodeMesh.ts"
import type { Blob } from "../../domain/model/Change.ts"
import type { Event } from "../../domain/model/Event.ts"
import { EventStore, type SessionRow } from "../../ports/EventStore.ts"
import { Shell } from "../../ports/Shell.ts"
import { WorkingCopies } from "../../ports/WorkingCopies.ts"
import { told } from "./report.ts"
import { count } from "./words.ts"

/** One thing that was looked at. `bad`: code-mesh does not work so; `note`: it works with less. */
export interface Finding {
  readonly name: string
  readonly state: "ok" | "note" | "bad"
  readonly text: string
}

/** So many sessions are read to their ends, those written last first. */
const most = 50

/** The first event of a log that cannot be relied on. */
interface Damage {
  readonly row: SessionRow
  readonly seq: number
  readonly reason: string
}

interface Looked {
  readonly row: SessionRow
  readonly events: ReadonlyArray<Event>
  readonly damage?: Damage
}

/** Reads a log to its end or to the first event that is damaged, and follows its hashes. */
const look = (row: SessionRow) =>
  Effect.gen(function* () {
    const store = yield* EventStore
    const mesh = yield* CodeMesh
    const events: Array<Event> = []
    const damaged = (seq: number, reason: string): Looked => ({ row, events, damage: { row, seq, reason } })
    const read = yield* Effect.either(
      Stream.runForEach(store.read(row.session), (event) => Effect.sync(() => events.push(event)))
    )
    const chain = yield* Effect.either(mesh.verify(events))
    if (chain._tag === "Left") return damaged(chain.left.seq, chain.left.message)
    if (read._tag === "Left") {
      // What cannot be read for want of a key or a disk is not damaged.
      if (read.left._tag === "SessionMissing" || read.left.kind !== "damaged") return yield* read.left
      return damaged(events.length + 1, read.left.reason)
    }
    // Another process may have written meanwhile.
    if (events.length < row.events) return damaged(events.length + 1, "it is missing")
    return { row, events } satisfies Looked
  })

const mend = (damage: Damage, database: string) =>
  Effect.scoped(
    Effect.gen(function* () {
      const { reason, row, seq } = damage
      // A log that somebody writes to is left alone.
      yield* (yield* EventStore).lease(row.session)
      return (yield* setAside(database, row.session, seq, reason))
        ? `event ${seq} was set aside; ${row.session} goes on from event ${seq - 1}`
        : `nothing was changed, as events follow it; 'code-mesh session fork ${row.session} --up-to ${seq - 1}' goes on from before it`
    })
  ).pipe(Effect.catchAll((error) => Effect.succeed(told(error).message)))

const sessions = (looked: ReadonlyArray<Looked>, total: number, database: string, repair: boolean) =>
  Effect.gen(function* () {
    const findings: Array<Finding> = []
    for (const { damage, events } of looked) {
      if (damage === undefined) continue
      const what = `${damage.row.session}: event ${damage.seq} of ${Math.max(damage.row.events, events.length)} is damaged (${damage.reason})`
      const then = repair
        ? yield* mend(damage, database)
        : "'code-mesh doctor --repair' sets it aside where it is the last"
      findings.push({ name: "sessions", state: "bad", text: `${what}; ${then}` })
    }
    const read = looked.length < total ? `the ${looked.length} written last of ${total}` : String(total)
    const whole: Finding = { name: "sessions", state: "ok", text: `${read} read to the end, every hash holds` }
    return findings.length === 0 ? [whole] : findings
  })

const pages = (database: string) =>
  Effect.map(pageFaults(database), (faults): Finding => {
    const [first] = faults
    return first === undefined
      ? { name: "database", state: "ok", text: "its pages are whole" }
      : {
          name: "database",
          state: "bad",
          text: `${first}; move it aside and keep it: events may still be read from it`
        }
  })

const contents = (looked: ReadonlyArray<Looked>, dataDir: string) =>
  Effect.gen(function* () {
    const copies = yield* WorkingCopies
    const blobs = diskBlobs(dataDir)
    const named = new Map<string, Blob>()
    for (const { events } of looked)
      for (const event of events) {
        if (event.type !== "changes.staged") continue
        for (const blob of event.changes.flatMap(({ after, before }) => [before ?? [], after ?? []].flat()))
          named.set(blob.hash, blob)
      }
    // What is not here in the open may be sealed; only its bytes can tell that.
    const elsewhere = [...named.values()].filter(({ hash }) => !blobs.has(hash))
    const missing = yield* Effect.filter(elsewhere, (blob) =>
      Effect.match(copies.content(blob), { onFailure: () => true, onSuccess: () => false })
    )
    return missing.length === 0
      ? ({
          name: "contents",
          state: "ok",
          text: `${count(named.size, "content")} of changes, all here`
        } satisfies Finding)
      : ({
          name: "contents",
          state: "note",
          text: `${missing.length} of ${count(named.size, "content")} are not here, as those of an imported session: such changes can't be applied or undone`
        } satisfies Finding)
  })

const copies = (rows: ReadonlyArray<SessionRow>, dataDir: string): Finding => {
  const folder = join(dataDir, "copies")
  const known = new Set<string>(rows.map((row) => row.session))
  const left = existsSync(folder) ? readdirSync(folder).filter((name) => !known.has(name)) : []
  return left.length === 0
    ? { name: "copies", state: "ok", text: "each belongs to a session" }
    : {
        name: "copies",
        state: "note",
        text: `of no session, and may be deleted: ${left.map((name) => join(folder, name)).join(", ")}`
      }
}

/** The commands of a session that nobody writes to and whose turn never ended. */
const orphansOf = (row: SessionRow) =>
  Effect.gen(function* () {
    const { open, running } = yield* (yield* CodeMesh).show(row.session)
    const writer = yield* (yield* EventStore).writer(row.session)
    if (!running || writer._tag === "Some") return []
    return Array.from(HashMap.values(open)).flatMap((call) => call.processes ?? [])
  })

const processes = (looked: ReadonlyArray<Looked>, repair: boolean) =>
  Effect.gen(function* () {
    const sound = looked.filter(({ damage }) => damage === undefined)
    const orphans = (yield* Effect.forEach(sound, ({ row }) => orphansOf(row))).flat()
    const shell = yield* Shell
    if (orphans.length === 0)
      return { name: "commands", state: "ok", text: "none outlived its program" } satisfies Finding
    const pids = orphans.map(({ pid }) => pid).join(", ")
    if (!repair)
      return {
        name: "commands",
        state: "note",
        text: `a program ended while ${count(orphans.length, "command")} ran (${pids}); what is left ends when the session goes on, or with 'code-mesh doctor --repair'`
      } satisfies Finding
    const ended = yield* Effect.forEach(orphans, shell.end)
    const left = ended.filter((one) => one === "unreachable").length
    return {
      name: "commands",
      state: left > 0 ? "note" : "ok",
      text: `of ${count(orphans.length, "command")} whose program ended (${pids}), ${ended.filter((one) => one === "ended").length} ran on and were ended${left > 0 ? `, ${left} cannot be looked at from here` : ""}`
    } satisfies Finding
  })

/** What was found of the data folder; with `repair`, after it was mended. */
export const integrity = (places: Paths, repair: boolean) =>
  Effect.gen(function* () {
    const rows = yield* (yield* CodeMesh).list
    const looked = yield* Effect.forEach(rows.slice(0, most), look)
    return [
      yield* pages(places.database),
      ...(yield* sessions(looked, rows.length, places.database, repair)),
      yield* contents(looked, places.data),
      copies(rows, places.data),
      yield* processes(looked, repair)
    ]
  }).pipe(
    Effect.catchAll((error) =>
      Effect.succeed<ReadonlyArray<Finding>>([{ name: "sessions", state: "bad", text: told(error).message }])
    )
  )
