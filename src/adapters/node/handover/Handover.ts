/**
 * Hands the files of tasks on between machines, by commits at a hub. Whoever begins a task publishes the tree that it begins
 * with; whoever does it publishes each content before a log names it, under the next of the task's names. So whoever goes on
 * with the task has all that the agent's log speaks of, and who was overtaken is refused at the next name.
 */
import { randomBytes } from "node:crypto"
import * as fs from "node:fs"
import { basename, dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { furnish } from "../../../domain/mesh/furnish.ts"
import type { Blob, Change } from "../../../domain/model/Change.ts"
import { SessionId } from "../../../domain/model/Ids.ts"
import { evolve } from "../../../domain/session/evolve.ts"
import { initial } from "../../../domain/session/State.ts"
import type { EventStore } from "../../../ports/EventStore.ts"
import type { Outcome, Task, TaskKey } from "../../../ports/TaskEngine.ts"
import { CopyFailed, WorkingCopies } from "../../../ports/WorkingCopies.ts"
import { diskBlobs } from "../copies/blobs.ts"
import { replaceOwn, sha256 } from "../copies/own.ts"
import * as NodeDigest from "../NodeDigest.ts"
import { openHub } from "./hub.ts"
import { land } from "./landing.ts"
import { commit, filesIn, type Packed, unpack } from "./packing.ts"
import { GitFailed } from "./runGit.ts"
import { travellers } from "./travelling.ts"

/** What a machine hands files over with. */
export interface HandoverOptions {
  /** Where this machine keeps contents. */
  readonly dataDir: string
  /** The bare repository that all machines reach: a URL of git, or a folder. */
  readonly hub: string
  /** Where tasks' roots are put; the same on every machine, since a session's root is named in its log. */
  readonly work: string
  readonly copies: WorkingCopies["Type"]
  readonly store: EventStore["Type"]
}

type Copied<A> = Effect.Effect<A, CopyFailed>

/** Hands files on. */
export interface Handover {
  /** Where a task's files are on every machine that does it. */
  readonly rootOf: (task: TaskKey) => string
  /** Publishes the tree that a task begins with: the project as it is, and what was merged so far. Done once for a task. */
  readonly prepare: (task: Task) => Copied<void>
  /** The task as it is done on this machine, with its files, and with all that was done in it elsewhere. */
  readonly fetch: (task: Task) => Copied<Task>
  /** Publishes what changes refer to, where this machine does the agent's task; refused once another machine does. */
  readonly publish: (agent: SessionId, changes: ReadonlyArray<Change>) => Copied<void>
  /** Whether no other machine has gone on with the task since. */
  readonly holds: (task: Task) => Copied<boolean>
  /** Removes what this machine has of a task that is over. */
  readonly release: (task: Task) => Effect.Effect<void>
  /** Brings here what an outcome's changes refer to. */
  readonly collect: (outcome: Outcome) => Copied<void>
  /** Forgets a plan's files, here and at the hub. */
  readonly forget: (plan: SessionId) => Copied<void>
  /** Removes what this machine has of tasks whose plans were forgotten. */
  readonly sweep: Effect.Effect<void>
}

/** A task that is done here. */
interface Held {
  readonly task: Task
  readonly published: Set<string>
  tip: string
  count: number
  lost: boolean
}

/** What a machine notes of a task that it does: after a crash it knows whether its copy is the newest. */
const Note = Schema.parseJson(Schema.Struct({ agent: SessionId, root: Schema.String, count: Schema.Int }))

const nameOf = ({ attempt, candidate, step }: TaskKey): string =>
  `${step.replaceAll(".", "%2e")}/${attempt}${candidate === undefined ? "" : `.${candidate}`}`

const removeEmpty = (folder: string): void => {
  try {
    fs.rmdirSync(folder)
  } catch {}
}

const newest = (names: ReadonlyMap<string, string>): number =>
  Math.max(0, ...[...names.keys()].map((name) => Number(/^work-(\d+)$/.exec(name)?.[1] ?? 0)))

const blobsOf = (changes: ReadonlyArray<Change>): ReadonlyArray<Blob> =>
  changes.flatMap(({ after, before }) => [before, after].filter((one) => one !== undefined))

const failed =
  (session: SessionId) =>
  (error: { readonly _tag: string; readonly reason?: string; readonly message: string }): CopyFailed =>
    error instanceof CopyFailed ? error : new CopyFailed({ session, reason: error.reason ?? error.message })

const overtaken = "another machine has gone on with this task; nothing that is done here counts"

/** A hub that is away for a moment is asked again. */
const patience = Schedule.intersect(Schedule.exponential("100 millis"), Schedule.recurs(5))

/** Hands files on from this machine. */
export const make = (options: HandoverOptions): Effect.Effect<Handover> =>
  Effect.map(Effect.makeSemaphore(1), (one) => {
    const { copies, dataDir, store } = options
    const hub = openHub(dataDir, options.hub)
    const blobs = diskBlobs(dataDir)
    const held = new Map<SessionId, Held>()
    const bases = new Map<SessionId, { readonly commit: string; readonly files: ReadonlyMap<string, string> }>()

    const rootOf = (task: TaskKey) =>
      join(options.work, `code-mesh-${task.plan}`, nameOf(task).replace("/", "-"), "project")
    const noteAt = (task: TaskKey) => join(dataDir, "handover", task.plan, `${nameOf(task).replace("/", "-")}.json`)
    /** Marks a plan as one that this machine does tasks of; without it, what is here is what it is just publishing. */
    const marker = (plan: string) => join(dataDir, "handover", plan, "worker")
    const note = ({ count, task }: Held) =>
      Effect.sync(() =>
        replaceOwn(noteAt(task), Buffer.from(Schema.encodeSync(Note)({ agent: task.agent, root: rootOf(task), count })))
      )
    const noted = (path: string) =>
      Effect.option(
        Effect.flatMap(
          Effect.try(() => fs.readFileSync(path, "utf8")),
          Schema.decode(Note)
        )
      )

    const contents = (all: ReadonlyArray<Blob>): Copied<ReadonlyArray<Packed>> =>
      Effect.forEach(all, (blob) =>
        Effect.map(
          copies.content(blob),
          (bytes): Packed => ({
            path: `contents/${blob.hash}`,
            mode: "100644",
            bytes: () => bytes
          })
        )
      )

    /** Keeps contents of a commit here: those wanted, or all. */
    const keep = (at: string, tip: string, wanted?: ReadonlySet<string>) =>
      Effect.gen(function* () {
        const files = yield* filesIn(at, tip, "contents")
        const missing = files.filter(({ path }) => (wanted?.has(path) ?? true) && !blobs.has(path))
        yield* unpack(at, missing, ({ path }, bytes) => {
          if (sha256(bytes) !== path) throw new Error(`the hub has another content under the name ${path}`)
          blobs.keep(path, bytes)
        })
        return new Set(files.map(({ path }) => path))
      })

    const based = (task: Task) =>
      Effect.gen(function* () {
        const copy = yield* copies.open(task.agent, task.root)
        yield* furnish(task.agent, task.root, task.staged).pipe(
          Effect.provideService(WorkingCopies, copies),
          Effect.provide(NodeDigest.layer)
        )
        const place = yield* copy.materialise
        const at = yield* hub.store(task.plan)
        const files = yield* travellers(place, task.root, dirname(at))
        const before = bases.get(task.plan)
        const now = new Map(files.map(({ hash, mode, path }) => [path, `${mode} ${hash}`]))
        const made = yield* commit(at, {
          ref: `refs/code-mesh/${task.plan}/${nameOf(task)}/base`,
          message: "base",
          ...(before === undefined ? {} : { parent: before.commit }),
          removed: [...(before?.files.keys() ?? [])].filter((path) => !now.has(path)).map((path) => `files/${path}`),
          put: [
            ...files
              .filter(({ path }) => before?.files.get(path) !== now.get(path))
              .map((file) => ({ ...file, path: `files/${file.path}` })),
            ...(yield* contents(blobsOf(task.inherits)))
          ]
        })
        bases.set(task.plan, { commit: made, files: now })
        yield* hub.publish(task.plan, `${nameOf(task)}/base`, made)
      }).pipe(Effect.ensuring(Effect.ignore(copies.drop(task.agent, task.root))))

    /** The next of a task's names, for what is put there. False where another machine has it. */
    const next = (one: Held, put: ReadonlyArray<Packed>) =>
      Effect.gen(function* () {
        const { plan } = one.task
        const name = `${nameOf(one.task)}/work-${one.count + 1}`
        const made = yield* commit(yield* hub.store(plan), {
          ref: `refs/code-mesh/${plan}/${name}`,
          parent: one.tip,
          // No two are alike, so that of two machines that give a name one is refused.
          message: randomBytes(8).toString("hex"),
          ...{ put, removed: [] }
        })
        // The same commit once more: where only the answer was lost, the name is ours.
        if (!(yield* Effect.retry(hub.publish(plan, name, made), patience))) return false
        one.tip = made
        one.count += 1
        yield* note(one)
        return true
      }).pipe(Effect.uninterruptible)

    const found = (task: Task) =>
      Effect.gen(function* () {
        yield* hub.fetch(task.plan, nameOf(task))
        const names = yield* hub.names(task.plan, nameOf(task))
        const base = names.get("base")
        const count = newest(names)
        const tip = names.get(`work-${count}`) ?? base
        if (base === undefined || tip === undefined)
          return yield* new GitFailed({ reason: "the files of the task are not at the hub", out: Buffer.alloc(0) })
        return { base, count, tip }
      })

    /** Makes the task this machine's own, whoever had it. */
    const claim = (task: Task, tries = 5): Effect.Effect<Held, GitFailed> =>
      Effect.gen(function* () {
        const { count, tip } = yield* found(task)
        const one: Held = { task, tip, count, lost: false, published: new Set() }
        if (yield* next(one, [])) return one
        if (tries === 0) return yield* new GitFailed({ reason: overtaken, out: Buffer.alloc(0) })
        return yield* claim(task, tries - 1)
      })

    /** Brings a fresh copy to where the agent's log says that it is. */
    const restore = (task: Task) =>
      Effect.gen(function* () {
        yield* copies.drop(task.agent, task.root)
        const state = yield* Stream.runFold(store.read(task.agent), initial(task.agent), evolve).pipe(
          Effect.catchTag("SessionMissing", () => Effect.succeed(initial(task.agent)))
        )
        for (const { changes, where } of state.batches) {
          if (where !== "copy") continue
          const merged = yield* copies.merge(task.agent, task.root, changes, "copy")
          if (!merged.ok)
            return yield* new CopyFailed({ session: task.agent, reason: "what its log says does not fit" })
        }
      })

    const fetched = (task: Task) =>
      Effect.gen(function* () {
        const here: Task = { ...task, root: rootOf(task), staged: [] }
        const { base, count, tip } = yield* found(task)
        const at = yield* hub.store(task.plan)
        yield* land(at, base, here.root)
        yield* Effect.sync(() => fs.writeFileSync(marker(task.plan), ""))
        const last = yield* noted(noteAt(task))
        const known = held.get(task.agent)
        if (last._tag === "Some" && last.value.count === count && count > 0) {
          if (known === undefined)
            held.set(task.agent, { task: here, tip, count, lost: false, published: yield* keep(at, tip) })
          return here
        }
        const claimed = yield* claim(here)
        for (const hash of yield* keep(at, claimed.tip)) claimed.published.add(hash)
        yield* restore(here)
        held.set(task.agent, claimed)
        return here
      })

    const publish = (agent: SessionId, changes: ReadonlyArray<Change>) =>
      Effect.gen(function* () {
        const one = held.get(agent)
        if (one === undefined) return
        const fresh = new Map(
          blobsOf(changes).flatMap((blob) => (one.published.has(blob.hash) ? [] : [[blob.hash, blob] as const]))
        )
        if (fresh.size === 0) return
        if (one.lost || !(yield* next(one, yield* contents([...fresh.values()])))) {
          one.lost = true
          return yield* new CopyFailed({ session: agent, reason: overtaken })
        }
        for (const hash of fresh.keys()) one.published.add(hash)
      })

    const gone = (agent: SessionId, root: string) =>
      Effect.zipRight(
        Effect.ignore(copies.drop(agent, root)),
        Effect.sync(() => {
          held.delete(agent)
          fs.rmSync(dirname(root), { recursive: true, force: true })
          // The folder of the plan, once no task of it is there.
          removeEmpty(dirname(dirname(root)))
        })
      )

    const sweepPlan = (plan: string) =>
      Effect.gen(function* () {
        const folder = join(dataDir, "handover", plan)
        if (!fs.existsSync(marker(plan)) || (yield* hub.names(plan)).size > 0) return
        for (const name of fs.readdirSync(folder).filter((one) => one.endsWith(".json"))) {
          const found = yield* noted(join(folder, name))
          if (found._tag === "Some") yield* gone(found.value.agent, found.value.root)
        }
        fs.rmSync(join(options.work, `code-mesh-${basename(plan)}`), { recursive: true, force: true })
        yield* hub.leave(plan)
      })

    const alone = one.withPermits(1)
    return {
      rootOf,
      prepare: (task) =>
        Effect.gen(function* () {
          const names = yield* hub.names(task.plan, nameOf(task))
          if (!names.has("base")) yield* based(task)
        }).pipe(alone, Effect.mapError(failed(task.agent))),
      fetch: (task) => fetched(task).pipe(Effect.mapError(failed(task.agent))),
      publish: (agent, changes) => publish(agent, changes).pipe(Effect.mapError(failed(agent))),
      holds: (task) =>
        Effect.gen(function* () {
          const one = held.get(task.agent)
          if (one === undefined || one.lost) return false
          return newest(yield* hub.names(task.plan, nameOf(task))) === one.count
        }).pipe(Effect.mapError(failed(task.agent))),
      release: (task) =>
        Effect.zipRight(
          gone(task.agent, rootOf(task)),
          Effect.sync(() => fs.rmSync(noteAt(task), { force: true }))
        ),
      collect: (outcome) =>
        Effect.gen(function* () {
          const missing = new Set(blobsOf(outcome.changes).flatMap(({ hash }) => (blobs.has(hash) ? [] : [hash])))
          if (missing.size === 0) return
          yield* hub.fetch(outcome.plan, nameOf(outcome))
          const names = yield* hub.names(outcome.plan, nameOf(outcome))
          const tip = names.get(`work-${newest(names)}`)
          if (tip !== undefined) yield* keep(yield* hub.store(outcome.plan), tip, missing)
          const still = [...missing].filter((hash) => !blobs.has(hash))
          if (still.length > 0)
            return yield* new CopyFailed({
              session: outcome.agent,
              reason: `${still.length} contents are not at the hub`
            })
        }).pipe(Effect.mapError(failed(outcome.agent))),
      forget: (plan) =>
        Effect.zipRight(
          Effect.sync(() => bases.delete(plan)),
          hub.forget(plan)
        ).pipe(alone, Effect.mapError(failed(plan))),
      sweep: Effect.suspend(() =>
        Effect.forEach(hub.plans(), (plan) => Effect.ignore(sweepPlan(plan)), { discard: true })
      )
    }
  })
