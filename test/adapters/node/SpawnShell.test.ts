/** Real processes: started when told, ended whole, bounded, and gone with their parent. */
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { holders } from "../../../src/adapters/node/processes.ts"
import { layer, layerWith, make } from "../../../src/adapters/node/SpawnShell.ts"
import { Shell, ShellFailed } from "../../../src/ports/Shell.ts"
import { run, shellContract } from "../../ports/Shell.contract.ts"

shellContract("SpawnShell", layer)

const live = (title: string, test: Effect.Effect<void, unknown, Shell>) =>
  it.live(title, () => Effect.provide(test, layer))

const timed = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.timed(effect), ([duration, value]) => ({ millis: Duration.toMillis(duration), value }))

/** Whether any process has this word in its command line. */
const running = (word: string): boolean =>
  fs
    .readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .some((pid) => {
      try {
        return fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes(word)
      } catch {
        return false
      }
    })

const waitFor = (what: () => boolean, millis: number) =>
  Effect.gen(function* () {
    for (let waited = 0; waited < millis && !what(); waited += 10) yield* Effect.sleep(10)
    return what()
  })

/** Seconds for `sleep` that no other test or person uses. */
let next = 1_000_000 + (process.pid % 100_000) * 10
const marker = (): string => `${next++}.5`

describe("SpawnShell", () => {
  live(
    "interrupting ends the whole group, background children too",
    Effect.gen(function* () {
      const [a, b] = [marker(), marker()]
      const fiber = yield* Effect.fork(run(`sleep ${a} & sleep ${b}`))
      assert.isTrue(yield* waitFor(() => running(a) && running(b), 5000))
      const { millis } = yield* timed(Fiber.interrupt(fiber))
      assert.isBelow(millis, 1000)
      assert.isFalse(running(a) || running(b))
    })
  )

  live(
    "a child that ignores SIGTERM is killed after its time",
    Effect.gen(function* () {
      const a = marker()
      const fiber = yield* Effect.fork(run(`trap "" TERM; sleep ${a}; sleep ${a}; sleep ${a}`))
      assert.isTrue(yield* waitFor(() => running(a), 5000))
      const { millis } = yield* timed(Fiber.interrupt(fiber))
      assert.isAbove(millis, 1300)
      assert.isBelow(millis, 4000)
      assert.isFalse(running(a))
    })
  )

  live(
    "a child that cleans up on SIGTERM has time for it",
    Effect.gen(function* () {
      const result = yield* run(`trap 'sleep 0.2; echo cleaned; exit 0' TERM; sleep ${marker()} & wait`, {
        timeout: 300
      })
      assert.strictEqual(result.ended, "timeout")
      assert.strictEqual(result.output, "cleaned\n")
    })
  )

  live(
    "does not wait for a background child that holds the pipe, and ends it",
    Effect.gen(function* () {
      const a = marker()
      const { millis, value } = yield* timed(run(`sleep ${a} & echo hi`))
      assert.isBelow(millis, 2000)
      assert.strictEqual(value.output, "hi\n")
      assert.deepStrictEqual(value.code, Option.some(0))
      assert.isTrue(yield* waitFor(() => !running(a), 1000))
    })
  )

  live(
    "standard input is at its end",
    Effect.gen(function* () {
      const { output, ended } = yield* run("cat; echo read")
      assert.deepStrictEqual({ output, ended }, { output: "read\n", ended: "exit" })
    })
  )

  live(
    "reads what a command prints in one go, and keeps the order of output and error",
    Effect.gen(function* () {
      const big = yield* run("head -c 1000000 /dev/zero | tr '\\0' x", { maxOutput: 100 })
      assert.strictEqual(big.bytes, 1_000_000)
      const { output } = yield* run("for i in 1 2 3; do echo o$i; echo e$i >&2; done")
      assert.strictEqual(output, "o1\ne1\no2\ne2\no3\ne3\n")
    })
  )

  live(
    "what a process substitution still prints is not lost",
    Effect.gen(function* () {
      assert.strictEqual((yield* run("echo hi > >(cat)")).output, "hi\n")
    })
  )

  live(
    "a signal that ended the command is named",
    Effect.gen(function* () {
      const { code, ended, signal } = yield* run("kill -SEGV $$")
      assert.deepStrictEqual({ code, ended, signal }, { code: Option.none(), ended: "signal", signal: "SIGSEGV" })
    })
  )

  for (const sandbox of ["off", "workspace"] as const)
    live(
      `the process is told, by what no other one shares, before the command does anything (sandbox ${sandbox})`,
      Effect.gen(function* () {
        const seen: Array<string> = []
        const { output } = yield* run("echo began", {
          sandbox,
          cwd: fs.mkdtempSync(path.join(os.tmpdir(), "shell-told-")),
          onOutput: (text) => seen.push(text),
          onStart: (process) =>
            Effect.gen(function* () {
              yield* Effect.sleep(100)
              const stat = fs.readFileSync(`/proc/${process.pid}/stat`, "latin1").split(" ")
              assert.strictEqual(stat[4], String(process.pid))
              seen.push(yield* holders().fate(process))
              if (sandbox === "off") assert.strictEqual(process.started.split(" ")[2], stat[21])
            })
        })
        assert.deepStrictEqual([seen, output], [["alive", "began\n"], "began\n"])
      })
    )

  live(
    "a command whose start could not be told never begins",
    Effect.gen(function* () {
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), "shell-gate-"))
      yield* Effect.addFinalizer(() => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true })))
      const no = new ShellFailed({ kind: "spawn", reason: "the journal is full" })
      const failure = yield* Effect.flip(
        run("touch began", { cwd: folder, onStart: () => Effect.zipRight(Effect.sleep(50), Effect.fail(no)) })
      )
      assert.strictEqual(failure.reason, no.reason)
      assert.deepStrictEqual(fs.readdirSync(folder), [])
    }).pipe(Effect.scoped)
  )

  live(
    "memory stays bounded while a lot is printed",
    Effect.gen(function* () {
      const before = process.memoryUsage().rss
      const result = yield* run("head -c 1000000000 /dev/zero", { maxOutput: 10_000 })
      assert.strictEqual(result.bytes, 1_000_000_000)
      assert.isBelow(process.memoryUsage().rss - before, 150_000_000)
    })
  )

  live(
    "characters cut by chunks are put together, and the kept halves hold whole ones",
    Effect.gen(function* () {
      const pieces: Array<string> = []
      const parts = yield* run("printf '\\303'; sleep 0.1; printf '\\274'", { onOutput: (text) => pieces.push(text) })
      assert.deepStrictEqual([parts.output, pieces], ["ü", ["ü"]])
      const cut = yield* run("for i in $(seq 1000); do printf '€'; done", { maxOutput: 100 })
      assert.match(cut.output, /^€{16}\n\[… 2904 bytes left out …\]\n€{16}$/)
    })
  )

  live(
    "a directory that is not there is an error of the start",
    Effect.gen(function* () {
      const failure = yield* Effect.flip(run("true", { cwd: "/nowhere/at/all" }))
      assert.strictEqual(failure.kind, "spawn")
      assert.include(failure.message, "/nowhere/at/all")
    })
  )

  it.live("commands do not see secrets, nor what makes a shell run something", () =>
    Effect.gen(function* () {
      const { output } = yield* run("env")
      const names = output.split("\n").map((line) => line.split("=")[0])
      for (const gone of [
        "OPENAI_API_KEY",
        "GH_TOKEN",
        "my_secret",
        "DB_PASSWORD",
        "SSH_AUTH_SOCK",
        "BASH_ENV",
        "CODE_MESH_MODEL"
      ])
        assert.notInclude(names, gone)
      assert.include(output, "KEEP=1\n")
      assert.include(output, "PATH=/usr/bin:/bin\n")
      assert.include(output, "GIT_TERMINAL_PROMPT=0\n")
    }).pipe(
      Effect.provide(
        layerWith({
          env: {
            PATH: "./bin:/usr/bin::/bin",
            KEEP: "1",
            OPENAI_API_KEY: "a",
            GH_TOKEN: "b",
            my_secret: "c",
            DB_PASSWORD: "d",
            SSH_AUTH_SOCK: "e",
            BASH_ENV: "/tmp/f",
            CODE_MESH_MODEL: "g"
          }
        })
      )
    )
  )

  it.live("a sandbox that is asked for and is not there is never left out; where nobody asked, it is told", () =>
    Effect.gen(function* () {
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), "shell-none-"))
      yield* Effect.addFinalizer(() => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true })))
      for (const sandbox of ["workspace", "strict"] as const) {
        const failure = yield* Effect.flip(run("touch ran", { sandbox, cwd: folder }))
        assert.strictEqual(failure.kind, "sandbox")
        assert.include((yield* (yield* Shell).confinement(sandbox)).note, "no command is run: bubblewrap is not")
      }
      assert.deepStrictEqual(fs.readdirSync(folder), [])
      assert.strictEqual((yield* run("echo x", { sandbox: "auto" })).output, "x\n")
      assert.deepStrictEqual(yield* (yield* Shell).confinement("auto"), {
        kind: "none",
        note: "There is no sandbox, so commands run with all your rights: bubblewrap is not installed."
      })
    }).pipe(Effect.scoped, Effect.provide(layerWith({ bubblewrap: "/nowhere/bwrap" })))
  )

  it.live.skipIf(!fs.existsSync("/usr/bin/bwrap"))(
    "that the sandbox works is remembered until the program changes; a command is never run on memory alone",
    () =>
      Effect.scoped(
        Effect.gen(function* () {
          const folder = fs.mkdtempSync(path.join(os.tmpdir(), "shell-memory-"))
          yield* Effect.addFinalizer(() => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true })))
          const program = path.join(folder, "bwrap")
          const starts = () => fs.readFileSync(path.join(folder, "starts"), "utf8").length
          const write = (last: string) =>
            fs.writeFileSync(program, `#!/bin/sh\nprintf x >> ${folder}/starts\n${last}\n`, { mode: 0o700 })
          const kind = Effect.flatMap(make({ bubblewrap: program, cache: path.join(folder, "cache") }), (shell) =>
            Effect.map(shell.confinement("workspace"), (told) => ({ shell, kind: told.kind }))
          )
          write('exec /usr/bin/bwrap "$@"')
          assert.strictEqual((yield* kind).kind, "bubblewrap")
          assert.strictEqual((yield* kind).kind, "bubblewrap")
          assert.strictEqual(starts(), 1)
          const told = yield* kind
          write("exit 1")
          assert.strictEqual((yield* kind).kind, "none")
          const request = { command: "true", cwd: folder, network: false, timeout: 5000, maxOutput: 100 }
          const refused = yield* Effect.flip(told.shell.run({ ...request, sandbox: "workspace" }))
          assert.strictEqual(refused.kind, "sandbox")
        })
      )
  )

  const parent = (sandbox: string, command: string): string => `
    import * as Effect from "effect/Effect"
    import { make } from ${JSON.stringify(path.resolve("src/adapters/node/SpawnShell.ts"))}
    const shell = await Effect.runPromise(make())
    await Effect.runPromise(shell.run({ command: ${JSON.stringify(command)}, cwd: process.cwd(), sandbox: "${sandbox}",
      network: false, timeout: 600000, maxOutput: 1000 }))`

  for (const sandbox of ["off", "workspace"])
    it.live(`a parent that is killed takes its commands with it (sandbox ${sandbox})`, () =>
      Effect.scoped(
        Effect.gen(function* () {
          const [a, b] = [marker(), marker()]
          const folder = fs.mkdtempSync(path.join(os.tmpdir(), "shell-parent-"))
          yield* Effect.addFinalizer(() => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true })))
          const file = path.join(process.cwd(), "node_modules", `.shell-parent-${process.pid}-${sandbox}.mjs`)
          yield* Effect.promise(async () => {
            const { build } = await import("esbuild")
            await build({
              stdin: { contents: parent(sandbox, `sleep ${a} & sleep ${b}`), resolveDir: process.cwd(), loader: "ts" },
              outfile: file,
              bundle: true,
              format: "esm",
              platform: "node"
            })
          })
          yield* Effect.addFinalizer(() => Effect.sync(() => fs.rmSync(file, { force: true })))
          const child = spawn(process.execPath, [file], { cwd: folder, stdio: "inherit" })
          assert.isTrue(yield* waitFor(() => running(a) && running(b), 10_000))
          child.kill("SIGKILL")
          assert.isTrue(yield* waitFor(() => !running(a) && !running(b), 3000))
        })
      )
    )
})
