/** Logs in IndexedDB; one writer a session across tabs, by Web Locks where the page has them. */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Event } from "../../domain/model/Event.ts"
import { eventText, readEvent } from "../../domain/model/eventText.ts"
import type { SessionId } from "../../domain/model/Ids.ts"
import { hashesIn } from "../../domain/staging/named.ts"
import {
  EventStore,
  type Lease,
  SessionBusy,
  SessionMissing,
  type SessionRow,
  StaleVersion,
  StoreFailed,
  type Writer
} from "../../ports/EventStore.ts"
import { readSpending } from "../shared/readSpending.ts"
import { misplaced, rowAfter } from "../shared/sessionRow.ts"
import { done, openDatabase, TabBusy } from "./indexedDb.ts"
import { type Guard, guard } from "./leaseGuard.ts"

const version = 1
/** Events that are in memory at once while a log is read. */
const pageSize = 200

/** What is kept of a session beside its events; `written` orders them by their last write. */
interface StoredRow extends SessionRow {
  readonly written: number
}

const remedies: Readonly<Record<StoreFailed["kind"], string>> = {
  full: "Free storage for this site; what was stored before is safe.",
  readonly: "Allow this site to store data.",
  newer: "Reload the page to get the newer program.",
  busy: "Close other tabs of this site and try again.",
  damaged: "Export the session; earlier events can still be read.",
  sealed: "What was stored before is safe.",
  other: "What was stored before is safe."
}

const failed = (kind: StoreFailed["kind"], reason: string): StoreFailed =>
  new StoreFailed({ kind, reason, remedy: remedies[kind] })

const kinds: Readonly<Record<string, StoreFailed["kind"]>> = {
  QuotaExceededError: "full",
  VersionError: "newer",
  SecurityError: "readonly",
  InvalidStateError: "other"
}

const fromError = (error: unknown): StoreFailed => {
  if (error instanceof StoreFailed) return error
  if (error instanceof TabBusy) return failed("busy", error.message)
  const name = error instanceof Error || error instanceof DOMException ? error.name : ""
  const message = error instanceof Error || error instanceof DOMException ? error.message : String(error)
  return failed(kinds[name] ?? "other", message === "" ? name : message)
}

const upgrade = (db: IDBDatabase): void => {
  db.createObjectStore("sessions", { keyPath: "session" }).createIndex("written", "written")
  db.createObjectStore("events")
  db.createObjectStore("tokens")
}

type Stores = Readonly<Record<"sessions" | "events" | "tokens", IDBObjectStore>>

/** Runs the body in one transaction: all of it or nothing. The body may await nothing but its own requests. */
const transact = <A>(db: IDBDatabase, mode: IDBTransactionMode, body: (stores: Stores) => Promise<A>): Promise<A> =>
  new Promise((resolve, reject) => {
    const transaction = db.transaction(["sessions", "events", "tokens"], mode)
    const at = (name: string) => transaction.objectStore(name)
    let result: { readonly value: A } | undefined
    let problem: unknown
    transaction.oncomplete = () => (result === undefined ? reject(problem) : resolve(result.value))
    transaction.onabort = () => reject(problem ?? transaction.error)
    body({ sessions: at("sessions"), events: at("events"), tokens: at("tokens") }).then(
      (value) => {
        result = { value }
      },
      (error: unknown) => {
        problem = error
        // It may have aborted by itself, as for want of room.
        try {
          transaction.abort()
        } catch {
          reject(error)
        }
      }
    )
  })

type AppendError = StaleVersion | SessionBusy | StoreFailed

const inTransaction = <A, E>(
  db: IDBDatabase,
  mode: IDBTransactionMode,
  isOwn: (error: unknown) => error is E,
  body: (stores: Stores) => Promise<A>
): Effect.Effect<A, E | StoreFailed> =>
  Effect.uninterruptible(
    Effect.tryPromise({
      try: () => transact(db, mode, body),
      catch: (error): E | StoreFailed => (isOwn(error) ? error : fromError(error))
    })
  )

const isAppendError = (error: unknown): error is AppendError =>
  error instanceof StaleVersion || error instanceof SessionBusy || error instanceof StoreFailed
const isMissing = (error: unknown): error is SessionMissing => error instanceof SessionMissing
const isNever = (_error: unknown): _error is never => false

const rowOf = (stores: Stores, session: SessionId): Promise<StoredRow | undefined> =>
  done(stores.sessions.get(session) as IDBRequest<StoredRow | undefined>)

const lastWritten = async (stores: Stores): Promise<number> => {
  const cursor = await done(stores.sessions.index("written").openKeyCursor(null, "prev"))
  return cursor === null ? 0 : Number(cursor.key)
}

const withoutOrder = ({ written: _, ...row }: StoredRow): SessionRow => row

const toText = (event: Event): string =>
  Either.getOrThrowWith(eventText(event), (reason) => failed("other", `event ${event.seq} is not one: ${reason}`))

const appendTo = (db: IDBDatabase, lease: Lease, after: number, events: ReadonlyArray<Event>) =>
  inTransaction(db, "readwrite", isAppendError, async (stores) => {
    const { session, token } = lease
    const current = await done(stores.tokens.get(session))
    if (current !== token) throw busy(session)
    const before = await rowOf(stores, session)
    const actual = before?.events ?? 0
    if (actual !== after) throw new StaleVersion({ session, expected: after, actual })
    const reason = misplaced(session, after, events)
    if (reason !== undefined) throw failed("other", reason)
    const [first, ...rest] = events
    if (first === undefined) return
    const row = rowAfter(before === undefined ? undefined : withoutOrder(before), [first, ...rest])
    const written = (await lastWritten(stores)) + 1
    for (const event of events) stores.events.put(toText(event), [session, event.seq])
    await done(stores.sessions.put({ ...row, written }))
  })

const self: Writer = { host: "this browser", pid: 0 }

const busy = (session: SessionId) => new SessionBusy({ session, ...self })

/** The next token, unless somebody has the session. Releasing turns the token over, so that it is worth nothing. */
const turnOver = (db: IDBDatabase, session: SessionId) =>
  inTransaction(db, "readwrite", isNever, async (stores) => {
    const token = Number((await done(stores.tokens.get(session))) ?? 0) + 1
    await done(stores.tokens.put(token, session))
    return token
  })

const lease = (db: IDBDatabase, guard: Guard, session: SessionId) =>
  Effect.flatMap(
    Effect.filterOrFail(
      guard.hold(session),
      (isOurs) => isOurs,
      () => busy(session)
    ),
    () =>
      Effect.acquireRelease(
        Effect.map(turnOver(db, session), (token): Lease => ({ session, token })),
        () => Effect.ignore(turnOver(db, session))
      )
  )

interface Page {
  readonly events: ReadonlyArray<Event>
  readonly next: Option.Option<number | StoreFailed>
}

const decodePage = (session: SessionId, after: number, texts: ReadonlyArray<unknown>): Page => {
  const events: Array<Event> = []
  for (const text of texts) {
    const seq = after + 1 + events.length
    const event = readEvent(String(text))
    if (Either.isLeft(event) || event.right.seq !== seq || event.right.session !== session) {
      return { events, next: Option.some(failed("damaged", `event ${seq} of ${session} cannot be read`)) }
    }
    events.push(event.right)
  }
  return { events, next: texts.length === pageSize ? Option.some(after + texts.length) : Option.none() }
}

const page = (db: IDBDatabase, session: SessionId, after: number) =>
  Effect.map(
    inTransaction(db, "readonly", isMissing, async (stores) => {
      const range = IDBKeyRange.bound([session, after + 1], [session, Number.MAX_SAFE_INTEGER])
      const texts = await done(stores.events.getAll(range, pageSize))
      if (texts.length === 0 && (await rowOf(stores, session)) === undefined) throw new SessionMissing({ session })
      return texts
    }),
    (texts) => decodePage(session, after, texts)
  )

const read = (db: IDBDatabase, session: SessionId, from: number) =>
  Stream.paginateChunkEffect<number | StoreFailed, Event, SessionMissing | StoreFailed, never>(from, (state) =>
    typeof state === "number"
      ? Effect.map(page(db, session, state), (it) => [Chunk.unsafeFromArray(it.events), it.next] as const)
      : Effect.fail(state)
  )

const list = (db: IDBDatabase) =>
  inTransaction(db, "readonly", isNever, async (stores) => {
    const rows: ReadonlyArray<StoredRow> = await done(stores.sessions.index("written").getAll())
    return rows.map(withoutOrder).reverse()
  })

/** A page has few sessions: their logs are read. */
const named = (db: IDBDatabase) =>
  Effect.gen(function* () {
    const hashes = new Set<string>()
    for (const { session } of yield* list(db))
      yield* Stream.runForEach(read(db, session, 0), (event) =>
        Effect.sync(() => {
          for (const hash of hashesIn(event)) hashes.add(hash)
        })
      ).pipe(Effect.catchTag("SessionMissing", () => Effect.void))
    return hashes
  })

const remove = (db: IDBDatabase, guard: Guard, session: SessionId) =>
  Effect.scoped(
    Effect.flatMap(
      Effect.filterOrFail(
        guard.hold(session),
        (isOurs) => isOurs,
        () => busy(session)
      ),
      () =>
        inTransaction(db, "readwrite", isMissing, async (stores) => {
          if ((await rowOf(stores, session)) === undefined) throw new SessionMissing({ session })
          stores.events.delete(IDBKeyRange.bound([session, 0], [session, Number.MAX_SAFE_INTEGER]))
          await done(stores.sessions.delete(session))
        })
    )
  )

/** Logs in the IndexedDB database of this name, opened when first used. */
export const layer = (name = "code-mesh"): Layer.Layer<EventStore> =>
  Layer.scoped(
    EventStore,
    Effect.gen(function* () {
      let opened: Promise<IDBDatabase> | undefined
      yield* Effect.addFinalizer(() => Effect.promise(async () => (await opened?.catch(() => undefined))?.close()))
      const open = () => {
        opened ??= openDatabase(name, version, upgrade).catch((error: unknown) => {
          opened = undefined
          throw error
        })
        return opened
      }
      const db = Effect.tryPromise({ try: open, catch: fromError })
      const tabs = guard(name)
      const readFrom = (session: SessionId, after = 0) =>
        Stream.unwrap(Effect.map(db, (it) => read(it, session, after)))
      return {
        lease: (session) => Effect.flatMap(db, (it) => lease(it, tabs, session)),
        writer: (session) => Effect.map(tabs.isHeld(session), (isHeld) => (isHeld ? Option.some(self) : Option.none())),
        append: (held, after, events) => Effect.flatMap(db, (it) => appendTo(it, held, after, events)),
        read: readFrom,
        list: Effect.flatMap(db, list),
        spending: (since) => Effect.flatMap(Effect.flatMap(db, list), (rows) => readSpending(rows, readFrom, since)),
        named: Effect.flatMap(db, named),
        remove: (session) => Effect.flatMap(db, (it) => remove(it, tabs, session))
      }
    })
  )
