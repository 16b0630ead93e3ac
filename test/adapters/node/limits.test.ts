/** Each limit of a command ends it and is named, with and without a sandbox. */
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { kernelLimits, passed, usageOf } from "../../../src/adapters/node/limits.ts"
import { layer } from "../../../src/adapters/node/SpawnShell.ts"
import type { ShellRequest, ShellResult } from "../../../src/ports/Shell.ts"
import { run } from "../../ports/Shell.contract.ts"
import { bubblewrapWorks } from "../../support/bubblewrap.ts"

// A folder of its own for each: a sandbox covers guarded names in it, for all who look meanwhile.
const within = (command: string, more: Partial<ShellRequest>) =>
  run(command, { cwd: fs.mkdtempSync(path.join(os.tmpdir(), "limits-")), ...more }).pipe(Effect.provide(layer))

describe.skipIf(process.platform !== "linux")("the limits of a command", () => {
  const modes = bubblewrapWorks ? (["off", "strict"] as const) : (["off"] as const)

  /** Two processes share the use: a limit for each alone would not end them. */
  const cases: ReadonlyArray<readonly [ShellResult["ended"], string, Partial<ShellRequest>]> = [
    ["cpu", "while :; do :; done & while :; do :; done", { limits: { cpu: 600 } }],
    [
      "memory",
      'hold=\'const kept = Buffer.alloc(90e6, 1); setTimeout(() => kept, 60e3)\'; node -e "$hold" & node -e "$hold"',
      { limits: { memory: 150e6 } }
    ],
    ["processes", "for i in 1 2 3 4 5 6 7 8 9; do sleep 60 & done; wait", { limits: { processes: 8 } }],
    ["output", "yes; sleep 60", { limits: { output: 1e6 } }],
    ["idle", "echo once; sleep 60", { idle: 300 }],
    ["timeout", "while :; do echo on; sleep 0.1; done", { timeout: 400, idle: 300 }]
  ]
  for (const sandbox of modes)
    for (const [ended, command, more] of cases)
      it.live(`end it, and are named: ${ended} (sandbox ${sandbox})`, () =>
        Effect.gen(function* () {
          const result = yield* within(command, { sandbox, ...more })
          assert.deepStrictEqual([result.ended, result.code], [ended, Option.none()])
        })
      )

  it.live("are no hindrance to what keeps them", () =>
    Effect.gen(function* () {
      const limits = { cpu: 60_000, memory: 2e9, processes: 500, output: 1e6 }
      for (const sandbox of modes) {
        const result = yield* within("node -p 1+1; sleep 0.7; echo done", { sandbox, limits, idle: 5000 })
        assert.deepStrictEqual([result.output, result.ended], ["2\ndone\n", "exit"])
      }
    })
  )

  it("are held by the kernel for each process too, in any shell", () => {
    const limits = { cpu: 1500, memory: 3 * 2 ** 30, processes: 77 }
    for (const shell of ["sh", "bash"]) {
      const script = `${kernelLimits(limits, true)}ulimit -t; ulimit -d; ulimit -c`
      assert.strictEqual(execFileSync(shell, ["-c", script], { encoding: "utf8" }), "3\n3145728\n0\n")
    }
    const processes = execFileSync("bash", ["-c", `${kernelLimits(limits, true)}ulimit -u`], { encoding: "utf8" })
    assert.strictEqual(processes, "77\n")
  })

  it("count what a process uses with all that it started, and nothing where it is gone", () => {
    const { cpu, memory, processes } = usageOf(process.pid)
    assert.isAbove(cpu, 0)
    assert.isAbove(memory, 10e6)
    assert.isAbove(processes, 1)
    assert.deepStrictEqual(usageOf(2 ** 22 + 1), { cpu: 0, memory: 0, processes: 0 })
    assert.strictEqual(passed({ cpu: 5, memory: 5, processes: 5 }, { cpu: 5, memory: 4, processes: 1 }), "memory")
    assert.isUndefined(passed({ cpu: 5, memory: 5, processes: 5 }, {}))
  })
})
