/** One run of the program that is killed, and what must hold once it was started again. */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { keyRing } from "../../src/adapters/node/FileCredentials.ts"
import * as SqliteStore from "../../src/adapters/node/Sqlite.ts"
import { filePlace } from "../../src/adapters/node/secretPlaces.ts"
import { textSealing } from "../../src/adapters/node/textSealing.ts"
import type { Event } from "../../src/domain/model/Event.ts"
import { EventStore } from "../../src/ports/EventStore.ts"
import { call, type Desk, desk, type Ended } from "../programs/cli/cli.ts"

/** When the program is killed: at a point that it passes, or after so many milliseconds. */
export type Death = { readonly point: number } | { readonly millis: number }

const big = (letter: string): string => `${letter.repeat(99)}\n`.repeat(3_000)

const before = { "a.txt": "a0\n", "b.txt": big("b"), "c.txt": "c0\n" }

/** Every command leaves its name in the ledger, once, when it has done its work. */
const line = (name: string, then = "true") => `printf '${name}\\n' >> ledger.txt; ${then}`

/** A turn with edits, commands, two calls at once, and something that would run on. `mark` names its processes. */
const turns = (mark: string) => [
  { text: "Begin.", calls: [call("read", { file_path: "a.txt" }), call("read", { file_path: "b.txt" })] },
  {
    calls: [
      call("edit", { file_path: "a.txt", old_string: "a0", new_string: "a1" }),
      call("write", { file_path: "b.txt", content: big("B") })
    ]
  },
  { calls: [call("bash", { command: line("one", `: ${mark}; sleep 0.05`) })] },
  {
    calls: [
      call("bash", { command: line("two", `(exec -a ${mark} sleep 61) & (exec -a ${mark} sleep 0.1)`) }),
      call("edit", { file_path: "a.txt", old_string: "a1", new_string: "a2" }),
      call("bash", { command: line("three", "printf 'c1\\n' > c.txt") })
    ]
  },
  { calls: [call("write", { file_path: "new/d.txt", content: "d\n" }), call("bash", { command: line("four") })] },
  { text: "Done." }
]

const look = [
  {
    calls: [
      call("bash", { command: "cat ledger.txt; echo ==; cat a.txt c.txt; echo ==; cut -c1 b.txt | sort | uniq -c" })
    ]
  },
  { text: "I looked." }
]

const sealingIn = (home: string) => {
  const path = join(home, "auth.json")
  return textSealing(keyRing(filePlace(path), path), false)
}

/** The only session's log, as the store has it. */
const logOf = (home: string): Promise<ReadonlyArray<Event>> =>
  existsSync(join(home, "code-mesh.db"))
    ? Effect.runPromise(
        Effect.gen(function* () {
          const store = yield* EventStore
          const [row] = yield* store.list
          return row === undefined ? [] : Array.from(yield* Stream.runCollect(store.read(row.session)))
        }).pipe(Effect.provide(SqliteStore.layer({ path: join(home, "code-mesh.db"), sealing: sealingIn(home) })))
      )
    : Promise.resolve([])

/** The processes whose words hold a mark. */
export const processesOf = (mark: string): ReadonlyArray<string> =>
  readdirSync("/proc").filter((name) => {
    if (!/^\d+$/.test(name)) return false
    try {
      return readFileSync(`/proc/${name}/cmdline`, "utf8").includes(mark)
    } catch {
      return false
    }
  })

const told = (ended: Ended): ReadonlyArray<{ readonly seq: number; readonly hash: string }> =>
  ended.stdout
    .split("\n")
    .slice(0, -1)
    .flatMap((text) => {
      const value = JSON.parse(text)
      return "seq" in value ? [value] : []
    })

/** Fails with everything that is known of the run. */
const must = (holds: boolean, what: string, known: () => unknown): void => {
  if (!holds) throw new Error(`${what}\n${JSON.stringify(known(), null, 1)}`)
}

const settled = new Set(["tool.finished", "tool.refused", "tool.unknown"])

/** Every call has one outcome, and of the calls that finished the effect is there once; of those never begun it is not. */
const checkCalls = (events: ReadonlyArray<Event>, ledger: ReadonlyArray<string>, known: () => unknown): void => {
  for (const called of events.filter((event) => event.type === "tool.called")) {
    if (called.type !== "tool.called") continue
    const own = events.filter((event) => "call" in event && event.call === called.call && event.turn === called.turn)
    const ends = own.filter((event) => settled.has(event.type))
    must(ends.length === 1, `call ${called.call} has ${ends.length} outcomes`, known)
    const name = /printf '(\w+)\\+n' >> ledger/.exec(called.input)?.[1]
    if (name === undefined) continue
    const times = ledger.filter((entry) => entry === name).length
    must(times <= 1, `${name} ran ${times} times`, known)
    if (ends[0]?.type === "tool.finished") must(times === 1, `${name} finished and left nothing`, known)
    if (!own.some((event) => event.type === "tool.spawned")) must(times === 0, `${name} ran and was never told`, known)
  }
}

/** Files are as they were before an edit or after it. */
const checkFiles = (events: ReadonlyArray<Event>, state: ReadonlyArray<string>, known: () => unknown): void => {
  const [texts = "", counts = ""] = state.slice(1)
  const [a, c] = texts.trim().split("\n")
  must(["a0", "a1", "a2"].includes(a ?? ""), `a.txt holds ${a}`, known)
  must(["c0", "c1", undefined].includes(c), `c.txt holds ${c}`, known)
  must(/^\s*3000 [bB]\s*$/.test(counts), `b.txt is a mix: ${counts}`, known)
  const done = (input: string) =>
    events.some(
      (event) =>
        event.type === "tool.finished" &&
        event.ok &&
        events.some((it) => it.type === "tool.called" && it.call === event.call && it.input.includes(input))
    )
  if (done('"new_string":"a1"')) must(a !== "a0", "an edit that was told is lost", known)
  if (done('"new_string":"a2"')) must(a === "a2", "an edit that was told is lost", known)
}

/** What one run came to. */
export interface Outcome {
  readonly killed: boolean
  /** Events that the dead program had stored, and calls whose outcome nobody saw. */
  readonly events: number
  readonly unknown: number
}

const options = (preload: string, more: Readonly<Record<string, string>>) => ({
  NODE_OPTIONS: `--require ${preload}`,
  ...more
})

const words = (sandbox: string) => ["--yes", "--sandbox", sandbox, "--format", "stream-json", "go"]

const reopened = async (place: Desk, sandbox: string) => {
  const model = place.script(look)
  const again = await place.run(["run", "-c", "--apply", "auto", "--yes", "--sandbox", sandbox, "look"], {
    env: { CODE_MESH_MODEL: model },
    process: true
  })
  return { again, after: await logOf(place.home) }
}

const isPrefix = (short: ReadonlyArray<Event>, long: ReadonlyArray<Event>): boolean =>
  short.every((event, index) => long[index]?.hash === event.hash && long[index]?.seq === event.seq)

/** What the copy showed to the second run: the ledger, two files, and the letters of the large one. */
const shown = (events: ReadonlyArray<Event>): string => {
  const last = events.findLast((event) => event.type === "tool.finished")
  return last?.type === "tool.finished" ? last.output : ""
}

/** The number of points that a run passes, and the milliseconds that it takes. */
export const measure = async (
  preload: string,
  sandbox: string
): Promise<{ readonly points: number; readonly millis: number }> => {
  const place = desk()
  try {
    for (const [path, text] of Object.entries(before)) place.put(path, text)
    const count = join(place.root, "../points")
    const began = Date.now()
    const ended = await place.run(["run", ...words(sandbox)], {
      env: options(preload, { KILL_COUNT: count, CODE_MESH_MODEL: place.script(turns("measured")) }),
      process: true
    })
    must(ended.code === 0, "the run itself fails", () => ended)
    return { points: Number(readFileSync(count, "utf8")), millis: Date.now() - began }
  } finally {
    place.close()
  }
}

/** Kills a run, starts the program again, and checks what it promises. */
export const crash = async (preload: string, seed: number, death: Death, sandbox: string): Promise<Outcome> => {
  const place = desk()
  const mark = `crash-mark-${process.pid}-${seed}-x`
  try {
    for (const [path, text] of Object.entries(before)) place.put(path, text)
    // Some seal what they keep; the program that comes after them does not, and has to open it all the same.
    const sealed = seed % 4 === 0 ? { CODE_MESH_MEMORY_ENCRYPT: "true" } : {}
    const point = "point" in death ? { KILL_AT: String(death.point) } : {}
    const first = place.start(["run", "--apply", "auto", ...words(sandbox)], {
      env: options(preload, { ...point, ...sealed, CODE_MESH_MODEL: place.script(turns(mark)) })
    })
    if ("millis" in death) setTimeout(() => first.process.kill("SIGKILL"), death.millis)
    const ended = await first.ended
    const events = await logOf(place.home)
    const { after, again } = await reopened(place, sandbox)
    const known = () => ({ seed, death, sandbox, ended, again, after: after.map(({ type, ...rest }) => [type, rest]) })
    const acknowledged = told(ended)
    must(again.code === 0, "the session does not go on", known)
    must(isPrefix(events, after), "an event that was stored is gone", known)
    must(
      acknowledged.every(({ hash, seq }) => after[seq - 1]?.hash === hash),
      "an event that was told is gone",
      known
    )
    must(processesOf(mark).length === 0, `${processesOf(mark).join()} runs on`, known)
    const parts = shown(after).split("==\n")
    const ledger = (parts[0] ?? "").split("\n").filter((entry) => entry !== "" && !entry.startsWith("cat:"))
    checkCalls(after, ledger, known)
    checkFiles(after, parts, known)
    const unknown = after.filter((event) => event.type === "tool.unknown").length
    must(unknown === 0 || /outcome unknown/.test(again.stderr), "the person was not told", known)
    must(
      place.get("a.txt").startsWith((parts[1] ?? "").split("\n")[0] ?? "-"),
      "what was changed was not applied",
      known
    )
    const verified = await place.run(["session", "verify"])
    must(verified.code === 0, `its log does not replay: ${verified.stderr}`, known)
    return { killed: ended.signal === "SIGKILL", events: events.length, unknown }
  } finally {
    place.close()
  }
}
