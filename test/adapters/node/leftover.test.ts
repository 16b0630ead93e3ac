/** Commands that outlived their program are ended; other processes never are. */
import { type ChildProcess, spawn } from "node:child_process"
import { afterEach, assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { endLeftover } from "../../../src/adapters/node/leftover.ts"
import { holderOf } from "../../../src/adapters/node/processes.ts"

const children: Array<ChildProcess> = []

/** Whether a process runs; one that only waits to be reaped has no start any more. */
const alive = (pid: number): boolean => !holderOf(pid).started.endsWith(" ")

/** A group of its own, as commands have; answers its leader and what it prints. */
const group = async (script: string) => {
  const child = spawn("bash", ["-c", script], { detached: true, stdio: ["ignore", "pipe", "ignore"] })
  children.push(child)
  const said = await new Promise<string>((resolve) => child.stdout?.once("data", (text) => resolve(String(text))))
  return { pid: child.pid ?? 0, said: Number(said), child }
}

const end = (started: Parameters<typeof endLeftover>[0]) => Effect.runPromise(endLeftover(started))

afterEach(() => {
  for (const child of children.splice(0)) {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL")
    } catch {
      // The test has ended it.
    }
  }
})

describe("what is left of a command", () => {
  it("is ended with its whole group, even if it heeds no gentle signal", async () => {
    const { pid, said } = await group("trap '' TERM; (trap '' TERM; echo $BASHPID; sleep 60) & wait; sleep 60")
    assert.strictEqual(await end(holderOf(pid)), "ended")
    assert.deepStrictEqual([alive(pid), alive(said)], [false, false])
    assert.strictEqual(await end(holderOf(pid)), "gone")
  })

  it.skipIf(process.platform !== "linux")(
    "is ended where its leader is gone and others of its group are not",
    async () => {
      const { child, pid, said } = await group("sleep 60 & echo $!; sleep 0.2")
      const started = holderOf(pid)
      await new Promise((resolve) => child.once("exit", resolve))
      assert.isTrue(alive(said))
      assert.strictEqual(await end(started), "ended")
      assert.isFalse(alive(said))
    }
  )

  it("is not taken for a later process of the same number, nor for one elsewhere", async () => {
    const { pid } = await group("echo 1; sleep 60")
    const own = holderOf(pid)
    const [boot = "", space = "", start = ""] = own.started.split(" ")
    assert.strictEqual(await end({ ...own, started: `${boot} ${space} ${Number(start) - 100}` }), "gone")
    assert.strictEqual(await end({ ...own, started: `another-boot ${space} ${start}` }), "gone")
    assert.strictEqual(await end({ ...own, started: `${boot} another-space ${start}` }), "unreachable")
    assert.strictEqual(await end({ ...own, host: "another-host" }), "unreachable")
    assert.isTrue(alive(pid))
  })
})
