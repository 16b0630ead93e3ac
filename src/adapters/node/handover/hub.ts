/**
 * The bare repository that machines hand files on by, and what this machine has of it. A name there is given once: whoever
 * comes second is refused, so that of two who both hold a task for theirs one finds out.
 */
import * as fs from "node:fs"
import { isAbsolute, join, resolve } from "node:path"
import * as Effect from "effect/Effect"
import { ownPacks } from "../../../domain/permission/inertGit.ts"
import { makeFolder } from "../copies/own.ts"
import { type GitFailed, runGit } from "./runGit.ts"

/** Where a hub is: a URL that git knows, or a folder. */
export const isRemote = (hub: string): boolean => /^[a-z][a-z0-9+.-]*:\/\//i.test(hub) || /^[^/]+:/.test(hub)

/** The hub of a machine that is told of none: good for all who share its data folder. */
export const usualHub = (dataDir: string): string => join(dataDir, "hub.git")

const makeBare = (folder: string): Effect.Effect<void, GitFailed> =>
  Effect.gen(function* () {
    if (fs.existsSync(`${folder}/HEAD`)) return
    makeFolder(folder)
    yield* runGit({ cwd: folder, args: ["init", "-q", "--bare", "--template=", "."] })
  })

const prefix = (plan: string, task = ""): string => `refs/code-mesh/${plan}/${task}`

/** The hub as seen from a data folder. */
export interface Hub {
  /** A plan's bare repository on this machine. */
  readonly store: (plan: string) => Effect.Effect<string, GitFailed>
  /** The names that the hub has under a plan, or under one task of it, without what is before. */
  readonly names: (plan: string, task?: string) => Effect.Effect<ReadonlyMap<string, string>, GitFailed>
  /** Brings what the hub has of a task; names that begin so. */
  readonly fetch: (plan: string, task: string) => Effect.Effect<void, GitFailed>
  /** Gives a name that nobody gave yet to a commit; false where somebody did. */
  readonly publish: (plan: string, name: string, commit: string) => Effect.Effect<boolean, GitFailed>
  /** Removes all names of a plan, and what this machine has of it. */
  readonly forget: (plan: string) => Effect.Effect<void, GitFailed>
  /** Removes what this machine has of a plan. */
  readonly leave: (plan: string) => Effect.Effect<void>
  /** The plans that this machine has something of. */
  readonly plans: () => ReadonlyArray<string>
}

/** The hub that `hub` names, from the data folder `dataDir`. */
export const openHub = (dataDir: string, hub: string): Hub => {
  const folder = join(dataDir, "handover")
  const remote = isRemote(hub) ? hub : isAbsolute(hub) ? hub : resolve(hub)
  const storeOf = (plan: string) => join(folder, plan, "store.git")
  const store = (plan: string) => Effect.as(makeBare(storeOf(plan)), storeOf(plan))
  const ready = isRemote(hub) ? Effect.void : makeBare(remote)
  const names = (plan: string, task?: string) =>
    Effect.gen(function* () {
      yield* ready
      const start = prefix(plan, task === undefined ? "" : `${task}/`)
      const args = ["ls-remote", ...(ownPacks["ls-remote"] ?? []), "--", remote, `${start}*`]
      const out = yield* runGit({ cwd: yield* store(plan), args })
      const lines = out
        .toString("utf8")
        .split("\n")
        .map((line) => line.split("\t"))
      return new Map(
        lines.flatMap(([id = "", name = ""]) =>
          name.startsWith(start) ? [[name.slice(start.length), id] as const] : []
        )
      )
    })
  const leave = (plan: string) => Effect.sync(() => fs.rmSync(join(folder, plan), { recursive: true, force: true }))
  return {
    store,
    names,
    leave,
    fetch: (plan, task) =>
      Effect.gen(function* () {
        yield* ready
        const all = `${prefix(plan, task)}/*`
        const how = ["-q", "--no-tags", "--no-write-fetch-head", ...(ownPacks.fetch ?? [])]
        yield* runGit({ cwd: yield* store(plan), args: ["fetch", ...how, "--", remote, `+${all}:${all}`] })
      }),
    publish: (plan, name, commit) =>
      Effect.gen(function* () {
        yield* ready
        const ref = prefix(plan, name)
        const how = ["--porcelain", "--no-verify", `--force-with-lease=${ref}:`, ...(ownPacks.push ?? [])]
        return yield* runGit({
          cwd: yield* store(plan),
          args: ["push", ...how, "--", remote, `${commit}:${ref}`]
        }).pipe(
          Effect.as(true),
          Effect.catchIf(
            ({ out }) => /^!\t.*\[(rejected|remote rejected)\]/m.test(out.toString("utf8")),
            () => Effect.succeed(false)
          )
        )
      }),
    forget: (plan) =>
      Effect.gen(function* () {
        const gone = [...(yield* names(plan)).keys()].map((name) => `:${prefix(plan, name)}`)
        const how = ["-q", "--no-verify", ...(ownPacks.push ?? [])]
        for (let from = 0; from < gone.length; from += 500)
          yield* runGit({
            cwd: yield* store(plan),
            args: ["push", ...how, "--", remote, ...gone.slice(from, from + 500)]
          })
        yield* leave(plan)
      }),
    plans: () => (fs.existsSync(folder) ? fs.readdirSync(folder).filter((name) => name.startsWith("ses_")) : [])
  }
}
