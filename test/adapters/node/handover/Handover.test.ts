/** Files of tasks between machines: several data folders on one machine, one hub, and the logs that all of them read. */
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterAll, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as MemoryEventStore from "../../../../src/adapters/memory/MemoryEventStore.ts"
import * as Handover from "../../../../src/adapters/node/handover/Handover.ts"
import { copiesOver } from "../../../../src/adapters/node/handover/hubEngine.ts"
import * as NodeWorkingCopies from "../../../../src/adapters/node/NodeWorkingCopies.ts"
import type { Change } from "../../../../src/domain/model/Change.ts"
import type { Fact } from "../../../../src/domain/model/Event.ts"
import { noUsage } from "../../../../src/domain/model/Message.ts"
import type { EventStore } from "../../../../src/ports/EventStore.ts"
import type { Outcome, Task } from "../../../../src/ports/TaskEngine.ts"
import { equal, failure, ok } from "../../../support/contract.ts"
import { created, eventOf, sessionId } from "../../../support/events.ts"

const home = fs.mkdtempSync(join(tmpdir(), "code-mesh-handover-"))
afterAll(() => fs.rmSync(home, { recursive: true, force: true }))
let count = 0
const folder = (name: string): string => {
  const path = join(home, `${++count}-${name}`)
  fs.mkdirSync(path)
  return path
}

const git = (cwd: string, ...args: ReadonlyArray<string>) => {
  const { status, stderr } = spawnSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", ...args], { cwd })
  equal([args[0], status, status === 0 ? "" : String(stderr)], [args[0], 0, ""])
}

const write = (root: string, path: string, text: string | Uint8Array, mode?: number) => {
  fs.mkdirSync(dirname(join(root, path)), { recursive: true })
  fs.writeFileSync(join(root, path), text)
  if (mode !== undefined) fs.chmodSync(join(root, path), mode)
}

/** What stands in a folder: kind, x bit and content of each path, without git's own. */
const treeOf = (root: string, at = ""): Record<string, string> =>
  Object.assign(
    {},
    ...fs.readdirSync(join(root, at), { withFileTypes: true }).map((entry) => {
      const path = at === "" ? entry.name : `${at}/${entry.name}`
      const disk = join(root, path)
      if (entry.name === ".git") return {}
      if (entry.isDirectory()) return treeOf(root, path)
      if (entry.isSymbolicLink()) return { [path]: `link ${fs.readlinkSync(disk)}` }
      const kind = (fs.statSync(disk).mode & 0o111) === 0 ? "file" : "program"
      return { [path]: `${kind} ${fs.readFileSync(disk).toString("base64")}` }
    })
  )

const plan = sessionId(1)
const agent = sessionId(2)

const taskOf = (root: string, extra: Partial<Task> = {}): Task => ({
  ...{ plan, step: "api", attempt: 1, agent, root, model: "scripted/demo", brief: "do it" },
  parent: { session: plan, role: "coder", path: ["api (coder)"] },
  what: {
    ...{ id: "api", title: "the api", task: "write it", role: "coder", inputs: [], files: ["**"], dependsOn: [] },
    check: { none: "it is a test" }
  },
  ...{ options: {}, limits: {}, staged: [], inherits: [] },
  ...extra
})

const outcomeOf = (changes: ReadonlyArray<Change>): Outcome => ({
  ...{ plan, step: "api", attempt: 1, agent, status: "unverified", result: "done", changes },
  ...{ checks: [], usage: noUsage, calls: 1 }
})

/** Machines that share a hub and a store, each with a data folder of its own. */
const cluster = Effect.gen(function* () {
  const store = yield* MemoryEventStore.make
  const [hub, work] = [join(folder("hub"), "hub.git"), folder("work")]
  const machine = (name: string, dataDir = folder(name)) =>
    Effect.gen(function* () {
      const copies = yield* NodeWorkingCopies.make({ dataDir })
      const handover = yield* Handover.make({ dataDir, hub, work, copies, store })
      return { dataDir, handover, copies: copiesOver(copies, handover) }
    })
  return { store, hub, work, machine }
})

/** Appends facts to a session's log. */
const record = (store: EventStore["Type"], session: Task["agent"], facts: ReadonlyArray<Fact>) =>
  Effect.scoped(
    Effect.gen(function* () {
      const lease = yield* store.lease(session)
      const seq = yield* Effect.orElseSucceed(Stream.runCount(store.read(session)), () => 0)
      const all = seq === 0 ? [created(), ...facts] : facts
      yield* store.append(
        lease,
        seq,
        all.map((fact, index) => eventOf(session, seq + 1 + index, fact))
      )
    })
  )

type Machine = Effect.Effect.Success<ReturnType<Effect.Effect.Success<typeof cluster>["machine"]>>

/** What an agent does with files: changes them on disk, and has that recorded. */
const edited = (machine: Machine, store: EventStore["Type"], task: Task, edit: (tree: string) => void) =>
  Effect.gen(function* () {
    const copy = yield* machine.copies.open(task.agent, task.root)
    const { from } = yield* copy.materialise
    edit(from)
    return yield* copy.checkpoint((changes) =>
      Effect.as(record(store, task.agent, [{ type: "changes.staged", turn: 1, changes }]), changes)
    )
  })

const treeIn = (machine: Machine, task: Task) =>
  Effect.gen(function* () {
    const copy = yield* machine.copies.open(task.agent, task.root)
    return treeOf((yield* copy.materialise).from)
  })

const oddNames = [
  'a"quoted".txt',
  "new\nline",
  "back\\slash",
  "-dash",
  "ümläut €😀",
  " blank ",
  "tab\there",
  "%2e",
  "a:b"
]

describe("a task's files", () => {
  it.live("a worker has exactly the project's own files: no ignored one, none that holds keys, nothing of git's", () =>
    Effect.gen(function* () {
      const { machine } = yield* cluster
      const root = folder("project")
      const travels = () => {
        write(root, "src/a.ts", "one\r\ntwo\r\n")
        write(root, ".gitattributes", "* text=auto eol=lf\n*.ts filter=lfs ident\n")
        write(root, "bin/run", "#!/bin/sh\n", 0o755)
        write(root, "data.bin", new Uint8Array([0, 255, 1, 13, 10, 0]))
        write(root, "empty", "")
        for (const name of oddNames) write(root, `odd/${name}`, name)
        fs.symlinkSync("../src/a.ts", join(root, "odd/link"))
        fs.symlinkSync("/nowhere/at all", join(root, "dangling"))
        fs.symlinkSync("src", join(root, "to-folder"))
        write(root, ".gitignore", "node_modules\n*.log\n.env*\n")
        write(root, "kept.log", "in the history")
      }
      travels()
      const expected = treeOf(root)
      git(root, "init", "-q")
      git(root, "add", "-f", "src", "kept.log", ".gitignore")
      git(root, "commit", "-qm", "first")
      git(root, "config", "remote.origin.url", "https://user:hush@example.com/x.git")
      write(root, "src/a.ts", "uncommitted\r\n")
      write(root, "new.ts", "untracked")
      write(root, "node_modules/x/index.js", "ignored")
      write(root, "debug.log", "ignored")
      write(root, ".env.local", "KEY=hush")
      write(root, "deploy/id_rsa", "-----BEGIN OPENSSH PRIVATE KEY-----")
      const [begins, works] = [yield* machine("begins"), yield* machine("works")]
      yield* begins.handover.prepare(taskOf(root))
      const here = yield* works.handover.fetch(taskOf(root))
      const now = {
        "src/a.ts": `file ${Buffer.from("uncommitted\r\n").toString("base64")}`,
        "new.ts": `file ${Buffer.from("untracked").toString("base64")}`
      }
      equal(treeOf(here.root), { ...expected, ...now })
      equal(fs.existsSync(join(begins.dataDir, "copies", agent)), false)
    })
  )

  it.live(
    "whoever goes on with a task has what was done so far; who was overtaken is refused, and nothing of theirs counts",
    () =>
      Effect.gen(function* () {
        const { machine, store } = yield* cluster
        const root = folder("project")
        write(root, "a.txt", "a\n")
        write(root, "b.txt", "b\n")
        const [begins, first, second] = [yield* machine("begins"), yield* machine("first"), yield* machine("second")]
        const task = taskOf(root)
        yield* begins.handover.prepare(task)
        yield* begins.handover.prepare(task)
        const there = yield* first.handover.fetch(task)
        yield* edited(first, store, there, (tree) => {
          write(tree, "a.txt", "changed\n")
          write(tree, "new/program", "x", 0o755)
          fs.symlinkSync("a.txt", join(tree, "link"))
          fs.rmSync(join(tree, "b.txt"))
        })
        const seen = yield* treeIn(first, there)
        // Unrecorded, so that nobody but this machine knows of it.
        const copy = yield* first.copies.open(agent, there.root)
        write((yield* copy.materialise).from, "lost.txt", "lost")
        const here = yield* second.handover.fetch(task)
        equal(here.root, there.root)
        equal(yield* treeIn(second, here), seen)
        const refused = yield* failure(copy.checkpoint(() => Effect.dieMessage("it was recorded")))
        ok(refused.message.includes("another machine has gone on"), refused.message)
        equal([yield* first.handover.holds(task), yield* second.handover.holds(task)], [false, true])
        yield* edited(second, store, here, (tree) => write(tree, "a.txt", "changed again\n"))
        // What is here already is not made anew.
        yield* second.handover.fetch(task)
        const changes = yield* edited(second, store, here, (tree) => write(tree, "c.txt", "c\n"))
        equal(
          changes.map(({ path }) => path),
          ["c.txt"]
        )
        // A process that comes back with the same data folder has its copy still.
        const again = yield* machine("second", second.dataDir)
        yield* again.handover.fetch(task)
        equal(Object.keys(yield* treeIn(again, here)).sort(), ["a.txt", "c.txt", "link", "new/program"])
      })
  )

  it.live("what a task came to is merged at home, conflict-free, with its modes and links", () =>
    Effect.gen(function* () {
      const { machine, store } = yield* cluster
      const root = folder("project")
      write(root, "a.txt", "1\n2\n3\n4\n5\n6\n7\n8\n9\n")
      const [begins, works] = [yield* machine("begins"), yield* machine("works")]
      const task = taskOf(root)
      yield* begins.handover.prepare(task)
      const there = yield* works.handover.fetch(task)
      const changes = yield* edited(works, store, there, (tree) => {
        write(tree, "a.txt", "one\n2\n3\n4\n5\n6\n7\n8\n9\n")
        write(tree, "run", "#!/bin/sh\n", 0o755)
        fs.symlinkSync("run", join(tree, "link"))
        write(tree, "x.bin", new Uint8Array([0, 1, 2]))
      })
      yield* works.handover.release(task)
      equal([fs.existsSync(there.root), fs.readdirSync(join(works.dataDir, "copies"))], [false, []])
      // A person goes on meanwhile.
      write(root, "a.txt", "1\n2\n3\n4\n5\n6\n7\n8\nnine\n")
      const before = yield* failure(begins.copies.merge(plan, root, changes, "root"))
      ok(before.message.includes("was not kept"), before.message)
      yield* begins.handover.collect(outcomeOf(changes))
      const merged = yield* begins.copies.merge(plan, root, changes, "root")
      ok(merged.ok, JSON.stringify(merged))
      const b64 = (bytes: string | Uint8Array) => Buffer.from(bytes).toString("base64")
      equal(treeOf(root), {
        "a.txt": `file ${b64("one\n2\n3\n4\n5\n6\n7\n8\nnine\n")}`,
        link: "link run",
        run: `program ${b64("#!/bin/sh\n")}`,
        "x.bin": `file ${b64(new Uint8Array([0, 1, 2]))}`
      })
    })
  )

  it.live("a task begins with what was merged so far, and has what it is to mend", () =>
    Effect.gen(function* () {
      const { machine, store } = yield* cluster
      const root = folder("project")
      write(root, "a.txt", "a\n")
      const [begins, works] = [yield* machine("begins"), yield* machine("works")]
      // Two steps at home: one was merged, one is to be mended.
      const changed = (session: Task["agent"], name: string) =>
        edited(begins, store, { ...taskOf(root), agent: session }, (tree) => write(tree, name, `${name}\n`))
      const staged = yield* changed(sessionId(3), "merged.txt")
      const inherits = yield* changed(sessionId(4), "mend.txt")
      const task = taskOf(root, { staged, inherits })
      yield* begins.handover.prepare(task)
      const here = yield* works.handover.fetch(task)
      equal(here.staged, [])
      equal(Object.keys(treeOf(here.root)).sort(), ["a.txt", "merged.txt"])
      const merged = yield* works.copies.merge(agent, here.root, here.inherits, "copy")
      ok(merged.ok, "what it is to mend was not there")
      // The next task of the plan begins elsewhere, and what is gone meanwhile is not there.
      fs.rmSync(join(root, "a.txt"))
      write(root, "z.txt", "z\n")
      const other = taskOf(root, { attempt: 2, agent: sessionId(5) })
      yield* begins.handover.prepare(other)
      equal(Object.keys(treeOf((yield* works.handover.fetch(other)).root)), ["z.txt"])
    })
  )

  it.live("of a plan that is over nothing is left, at the hub and on a worker that was stopped in it", () =>
    Effect.gen(function* () {
      const { hub, machine, store, work } = yield* cluster
      const root = folder("project")
      write(root, "a.txt", "a\n")
      const [begins, works] = [yield* machine("begins"), yield* machine("works")]
      const task = taskOf(root)
      yield* begins.handover.prepare(task)
      const there = yield* works.handover.fetch(task)
      yield* edited(works, store, there, (tree) => write(tree, "b.txt", "b\n"))
      yield* works.handover.sweep
      ok(fs.existsSync(there.root), "a task that runs was swept away")
      yield* begins.handover.forget(plan)
      equal(spawnSync("git", ["for-each-ref"], { cwd: hub }).stdout.toString(), "")
      yield* works.handover.sweep
      equal(
        [
          fs.readdirSync(work),
          fs.readdirSync(join(works.dataDir, "copies")),
          fs.readdirSync(join(works.dataDir, "handover"))
        ],
        [[], [], []]
      )
    })
  )

  it.live("a hub that cannot be reached is said so, without the password in its URL", () =>
    Effect.gen(function* () {
      const { store, work } = yield* cluster
      const dataDir = folder("home")
      const copies = yield* NodeWorkingCopies.make({ dataDir })
      const hub = "http://user:hush-hush@127.0.0.1:1/hub.git"
      const handover = yield* Handover.make({ dataDir, hub, work, copies, store })
      const refused = yield* failure(handover.prepare(taskOf(folder("project"))))
      ok(refused.message.includes("127.0.0.1"), refused.message)
      ok(!refused.message.includes("hush-hush"), refused.message)
    })
  )
})
