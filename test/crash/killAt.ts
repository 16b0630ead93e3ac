/**
 * Loaded before the program (`node --require`): ends it by SIGKILL at the n-th point at which it makes something last,
 * before or after: a commit of the log, a rename into place, a process that it starts. Counts them where it is not to die.
 */
import child from "node:child_process"
import fs from "node:fs"
import Module from "node:module"

const at = Number(process.env.KILL_AT ?? "0")
const counted = process.env.KILL_COUNT
let points = 0

const pass = (): void => {
  points += 1
  if (points === at) process.kill(process.pid, "SIGKILL")
}

type Call = (...args: ReadonlyArray<unknown>) => unknown

const around = (act: Call): Call =>
  function (this: unknown, ...args) {
    pass()
    const result = act.apply(this, [...args])
    pass()
    return result
  }

const wrap = (owner: object, name: string): void => {
  const act: unknown = Reflect.get(owner, name)
  if (typeof act === "function") Reflect.set(owner, name, around(act as Call))
}

wrap(fs, "renameSync")
wrap(child, "spawn")

const commits = /^\s*COMMIT/i

/** A database whose commits are points, however it is asked to make them. */
const watchCommits = (database: { readonly prototype: object }): void => {
  const { prototype } = database
  const prepare: unknown = Reflect.get(prototype, "prepare")
  const exec: unknown = Reflect.get(prototype, "exec")
  if (typeof prepare !== "function" || typeof exec !== "function") throw new Error("not the driver that was expected")
  Reflect.set(prototype, "prepare", function (this: unknown, sql: string) {
    const statement: object = prepare.call(this, sql)
    if (commits.test(sql)) for (const name of ["run", "all", "get"]) wrap(statement, name)
    return statement
  })
  Reflect.set(prototype, "exec", function (this: unknown, sql: string) {
    return commits.test(sql) ? around(exec as Call).call(this, sql) : exec.call(this, sql)
  })
}

const watched = new Set<unknown>()
const load: unknown = Reflect.get(Module, "_load")
Reflect.set(Module, "_load", function (this: unknown, request: string, ...rest: ReadonlyArray<unknown>) {
  if (typeof load !== "function") throw new Error("this Node loads modules otherwise")
  const loaded: unknown = load.call(this, request, ...rest)
  if (request === "better-sqlite3" && typeof loaded === "function" && !watched.has(loaded)) {
    watched.add(loaded)
    watchCommits(loaded)
  }
  return loaded
})

if (counted !== undefined) process.on("exit", () => fs.writeFileSync(counted, String(points)))
