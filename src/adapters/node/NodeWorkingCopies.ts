/** Working copies in a data folder on this machine. */
import * as fs from "node:fs"
import { homedir } from "node:os"
import { resolve } from "node:path"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import { SessionId } from "../../domain/model/Ids.ts"
import type { StoreFailed } from "../../ports/EventStore.ts"
import { type Copy, CopyFailed, WorkingCopies } from "../../ports/WorkingCopies.ts"
import { FileError } from "../../ports/Workspace.ts"
import { diskBlobs, hasSealed } from "./copies/blobs.ts"
import { collect } from "./copies/collect.ts"
import { type ContentSealing, openContents } from "./copies/contentSealing.ts"
import { isHeld, mergeState, recover } from "./copies/land.ts"
import { overlaysWork } from "./copies/overlayMount.ts"
import { attempt, removeTree } from "./copies/own.ts"
import {
  checkpoint,
  copyFailed,
  materialise,
  openState,
  type Shared,
  type State,
  working
} from "./copies/sessionCopy.ts"
import { idleCopies, journalOf, notesIn, readJournal } from "./copies/store.ts"
import { make as makeWorkspace, realOf } from "./NodeWorkspace.ts"

/** Where copies are kept, and what a command will run in. */
export interface NodeWorkingCopiesOptions {
  /** The data folder: `copies/`, `blobs/` and `stats/` are made in it on first need. */
  readonly dataDir: string
  /**
   * Whether commands run in a sandbox that shows ignored folders of the real tree read-only; without one they are
   * copied. No sandbox where absent.
   */
  readonly sandboxed?: Effect.Effect<boolean>
  /** Whether a copy may lie over a frozen tree, in a mount of its own, where that works; yes where absent. */
  readonly overlays?: boolean
  /** The person's home, if it is not this account's. */
  readonly home?: string
  /** Seals contents and what copies note; nothing is sealed where absent. */
  readonly sealing?: ContentSealing
  /** Told of each point that an application passes; tests end the process there. */
  readonly reached?: (point: string) => void
}

const copyOf = (state: State): Copy => ({
  session: state.session,
  workspace: state.workspace,
  materialise: state.one.withPermits(1)(materialise(state)),
  checkpoint: (record) => state.one.withPermits(1)(checkpoint(state, record))
})

const closed = ({ reason, remedy }: StoreFailed): CopyFailed => new CopyFailed({ reason: `${reason}. ${remedy}` })

/** Ends what a crash of any process left half done, and removes what a dropped copy left. Costs one listing. */
const tidy = (shared: Shared): Effect.Effect<void> =>
  Effect.gen(function* () {
    const copies = `${shared.dataDir}/copies`
    const names = fs.existsSync(copies) ? fs.readdirSync(copies) : []
    for (const name of names) {
      if (name.endsWith(".dropped")) removeTree(`${copies}/${name}`)
      if (!Schema.is(SessionId)(name) || !fs.existsSync(journalOf(`${copies}/${name}`))) continue
      const journal = readJournal(shared.notes, `${copies}/${name}`)
      if (journal === undefined || isHeld(journal)) continue
      yield* Effect.ignore(Effect.flatMap(openState(shared, name, journal.root), recover))
    }
  }).pipe(Effect.catchAllDefect(() => Effect.void))

/** Ends what keeps copies mounted; they are mounted again when they are opened. */
const unmountAll = (states: Iterable<State>): Effect.Effect<void> =>
  Effect.promise(async () => {
    await Promise.all([...states].map(({ over }) => over?.mount.end()))
  })

/** Working copies in the data folder that `options` names; what is mounted for them is ended with the scope, if there is one. */
export const make = (options: NodeWorkingCopiesOptions): Effect.Effect<WorkingCopies["Type"]> =>
  Effect.gen(function* () {
    // Files in a copy are opened by their real names, so a data folder behind a link is known by what it leads to.
    const dataDir = realOf(resolve(options.dataDir))
    const sealing = options.sealing ?? openContents
    const unlocked = Effect.mapError(
      sealing.unlock(() => hasSealed(dataDir)),
      closed
    )
    let overlays: Promise<boolean> | undefined
    const shared: Shared = {
      dataDir,
      frozen: new Map(),
      overlays: () => {
        // A frozen tree stays in the open longer than a copy does, which is not what who seals wants.
        const wanted = options.overlays !== false && !sealing.wanted
        overlays ??= wanted ? overlaysWork(dataDir) : Promise.resolve(false)
        return overlays
      },
      home: options.home ?? homedir(),
      blobs: diskBlobs(dataDir, sealing),
      notes: notesIn(dataDir, sealing),
      sandboxed: options.sandboxed ?? Effect.succeed(false),
      reached: options.reached ?? (() => undefined)
    }
    const states = new Map<SessionId, State>()
    const scope = yield* Effect.serviceOption(Scope.Scope)
    if (Option.isSome(scope))
      yield* Scope.addFinalizer(
        scope.value,
        Effect.suspend(() => unmountAll(states.values()))
      )
    const opening = yield* Effect.makeSemaphore(1)
    const tidied = yield* Effect.cached(tidy(shared))
    const opened = (session: SessionId, root: string): Effect.Effect<State, CopyFailed> =>
      Effect.gen(function* () {
        const known = states.get(session)
        if (known !== undefined && known.root === root) return known
        if (known !== undefined) return yield* new CopyFailed({ session, reason: `it is a copy of ${known.root}` })
        yield* unlocked
        yield* tidied
        const state = yield* openState(shared, session, root)
        yield* recover(state)
        states.set(session, state)
        return state
      }).pipe(opening.withPermits(1), Effect.mapError(copyFailed(session)))
    const forget = (session: SessionId): void => {
      const folder = `${dataDir}/copies/${session}`
      states.delete(session)
      const gone = `${folder}.dropped`
      removeTree(gone)
      if (!fs.existsSync(folder)) return
      fs.renameSync(folder, gone)
      removeTree(gone)
    }
    return {
      open: (session, root) => Effect.map(opened(session, root), copyOf),
      merge: (session, root, changes, onto) =>
        Effect.flatMap(opened(session, root), (state) => state.one.withPermits(1)(mergeState(state, changes, onto))),
      content: (blob) =>
        Effect.zipRight(
          unlocked,
          Effect.mapError(shared.blobs.get(blob.hash), (error) => new CopyFailed({ reason: error.message }))
        ),
      inPlace: (root) => makeWorkspace(root, { home: shared.home }),
      idle: Effect.mapError(
        attempt(dataDir, () => idleCopies(dataDir)),
        (error) => new CopyFailed({ reason: error.message })
      ),
      drop: (session, root) =>
        Effect.gen(function* () {
          const state = states.get(session)
          const end = working(`${dataDir}/copies/${session}`, async () => {
            await states.get(session)?.over?.mount.end()
            forget(session)
          })
          if (state === undefined)
            return yield* Effect.zipRight(Effect.zipRight(tidied, opened(session, root).pipe(Effect.ignore)), end)
          return yield* state.one.withPermits(1)(end)
        }).pipe(Effect.mapError(copyFailed(session))),
      collect: (named) =>
        Effect.zipRight(unlocked, Clock.currentTimeMillis).pipe(
          Effect.flatMap((now) => collect({ dataDir, notes: shared.notes, box: sealing.box() }, now, named)),
          Effect.mapError((error) => (error instanceof FileError ? new CopyFailed({ reason: error.message }) : error))
        )
    }
  })

/** Working copies in a data folder. */
export const layer = (options: NodeWorkingCopiesOptions): Layer.Layer<WorkingCopies> =>
  Layer.scoped(WorkingCopies, make(options))
