/** The bash tool: its footprint, what it tells the model, where it runs. */
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as ScriptedShell from "../../../src/adapters/memory/ScriptedShell.ts"
import { layer as spawning } from "../../../src/adapters/node/SpawnShell.ts"
import { bash } from "../../../src/domain/tools/bash.ts"
import { Shell, type ShellRequest } from "../../../src/ports/Shell.ts"
import { CopyFailed } from "../../../src/ports/WorkingCopies.ts"
import { toolWorld } from "../../support/toolWorld.ts"

/** A shell that keeps what it was asked and claims to confine. */
const keeping = (requests: Array<ShellRequest>) =>
  Layer.succeed(Shell, {
    run: (request) => {
      requests.push(request)
      return Effect.succeed({ code: Option.some(0), ended: "exit", output: "", truncated: false, bytes: 0 })
    },
    end: () => Effect.succeed("gone"),
    confinement: () => Effect.succeed({ kind: "bubblewrap", note: "" })
  })

describe("bash", () => {
  it.scopedLive("answers a command's output", () =>
    Effect.gen(function* () {
      const pieces: Array<string> = []
      const world = yield* toolWorld({ shell: spawning, run: { progress: (text) => pieces.push(text) } })
      world.write("a.txt", "x\n")
      assert.deepStrictEqual(yield* world.call(bash, { command: "cat a.txt; echo e >&2" }), {
        output: "x\ne",
        ok: true
      })
      assert.strictEqual(pieces.join(""), "x\ne\n")
      assert.deepStrictEqual(yield* world.call(bash, { command: "true" }), { output: "(no output)", ok: true })
    })
  )

  it.scopedLive("says how a command ended that did not succeed", () =>
    Effect.gen(function* () {
      const world = yield* toolWorld({ shell: spawning })
      const ends = (command: string, timeout?: number) => world.call(bash, { command, timeout })
      assert.deepStrictEqual(yield* ends("echo a; exit 3"), { output: "a\n[exit code 3]", ok: false })
      assert.deepStrictEqual(yield* ends("false"), { output: "[exit code 1]", ok: false })
      assert.deepStrictEqual(yield* ends("kill -KILL $$"), { output: "[ended by SIGKILL]", ok: false })
      assert.deepStrictEqual(yield* ends("sleep 60", 200), { output: "[stopped at its limit of 200 ms]", ok: false })
    })
  )

  it.scoped("runs in the copy, seen at the root, within bounds", () =>
    Effect.gen(function* () {
      const requests: Array<ShellRequest> = []
      const place = { from: "/copies/1", to: "/proj", readOnly: ["/proj/node_modules"] }
      const world = yield* toolWorld({
        shell: keeping(requests),
        run: { place: Effect.succeed(place), sandbox: "strict", network: true }
      })
      yield* world.call(bash, { command: "make", timeout: 10_000_000 })
      yield* world.call(bash, { command: "make", description: "Builds" })
      const [first, second] = requests
      const { maxOutput, onOutput, ...rest } = first ?? assert.fail()
      assert.isAtMost(maxOutput, 1_000_000)
      assert.isFunction(onOutput)
      assert.deepStrictEqual(rest, {
        command: "make",
        cwd: "/copies/1",
        mount: { from: "/copies/1", to: "/proj" },
        readOnly: ["/proj/node_modules"],
        hidden: [],
        sandbox: "strict",
        network: true,
        timeout: 600_000,
        idle: 300_000,
        limits: { cpu: 3_600_000, memory: 8 * 2 ** 30, processes: 2048, output: 256 * 2 ** 20 }
      })
      assert.strictEqual(second?.timeout, 120_000)
    })
  )

  it.scoped("shows a command the key files that the rules let be read, and no others", () =>
    Effect.gen(function* () {
      const requests: Array<ShellRequest> = []
      const named = ["/proj/.env", "/proj/.env.test", "/proj/.aws"]
      const place = { from: "/copies/1", to: "/proj", readOnly: ["/proj/.aws", "/proj/dist"], secrets: named }
      const mayRead = (real: string) => real === "/proj/.env.test"
      const run = { place: Effect.succeed(place), mayRead }
      yield* (yield* toolWorld({ shell: keeping(requests), run })).call(bash, { command: "make" })
      assert.deepStrictEqual(
        requests.map(({ hidden, readOnly }) => ({ hidden, readOnly })),
        [{ hidden: ["/proj/.env", "/proj/.aws"], readOnly: ["/proj/dist"] }]
      )
    })
  )

  it.scoped("names what runs in the scripts that a line runs, and in theirs", () =>
    Effect.gen(function* () {
      const world = yield* toolWorld({ shell: keeping([]) })
      world.write("package.json", JSON.stringify({ scripts: { build: "bash x.sh && make", test: "vitest" } }))
      world.write("x.sh", "#!/bin/bash\ncurl x | $Y\n./node.js\n./x.sh\n")
      world.write("node.js", "#!/usr/bin/env node\n1")
      world.write("Makefile", "a:\n\trm -rf $@\n")
      world.write("binary.sh", "\0")
      world.write("large.sh", "# ".repeat(40_000))
      const runs = (command: string) =>
        Effect.map(world.prepare(bash, { command }), ({ footprint }) =>
          footprint.exec.filter((entry) => entry.includes(" (in "))
        )
      assert.deepStrictEqual(yield* runs("npm run build && ls"), [
        ...["bash x.sh (in package.json)", "make (in package.json)"],
        ...["curl x (in x.sh)", "… (in x.sh)", "./node.js (in x.sh)", "./x.sh (in x.sh)"],
        ...["rm -rf _ (in Makefile)", "… (in a script)"]
      ])
      assert.deepStrictEqual(yield* runs("npm test; npm run none; make -f none"), ["vitest (in package.json)"])
      assert.deepStrictEqual(yield* runs("./binary.sh; ./large.sh; /bin/ls"), [])
      for (const line of ["bash binary.sh", "bash large.sh", "bash /etc/profile", "./gone", "bash gone", "make -C x"])
        assert.match((yield* runs(line)).join(), /^… \(in /, line)
      world.write("many.sh", Array.from({ length: 150 }, (_, at) => `echo ${at}`).join("\n"))
      const many = yield* runs("bash many.sh")
      assert.deepStrictEqual([many.length, many.at(-1)], [101, "… (in scripts)"])
    })
  )

  it.scoped("tells what a reading command reads, with real paths", () =>
    Effect.gen(function* () {
      const world = yield* toolWorld({ shell: keeping([]) })
      world.write("src/a.ts", "x")
      const command = "cat src/a.ts /etc/hosts | grep -n x ../b"
      const { footprint, preview, subjects } = yield* world.prepare(bash, { command })
      assert.deepStrictEqual(footprint.read.slice(0, 2), [`${world.dir}/src/a.ts`, "/etc/hosts"])
      assert.isTrue(footprint.read[2]?.endsWith("/b") === true && !footprint.read[2].startsWith(world.dir))
      assert.deepStrictEqual([footprint.unknown, footprint.exec], [[], ["cat", "grep"]])
      assert.deepStrictEqual([preview, subjects], [command, [command]])
    })
  )

  it.scoped("names a path that leads nowhere as it was written", () =>
    Effect.gen(function* () {
      const world = yield* toolWorld({ shell: keeping([]) })
      fs.symlinkSync("loop", path.join(world.dir, "loop"))
      assert.deepStrictEqual((yield* world.prepare(bash, { command: "cat loop" })).footprint.read, [
        `${world.dir}/loop`
      ])
    })
  )

  it.scoped("says that it can't tell what other commands do", () =>
    Effect.gen(function* () {
      const world = yield* toolWorld({ shell: keeping([]) })
      const { footprint } = yield* world.prepare(bash, { command: "npm test > /tmp/out" })
      assert.deepStrictEqual([footprint.unknown, footprint.write], [["npm test"], ["/tmp/out"]])
    })
  )

  it.scoped("where nothing confines it, names every place outside that the line names", () =>
    Effect.gen(function* () {
      const world = yield* toolWorld({ shell: ScriptedShell.layer({}) })
      const command = "/usr/bin/make 'X=/opt/a' --out=/var/b 2>/dev/null"
      const { footprint } = yield* world.prepare(bash, { command })
      assert.deepStrictEqual(footprint.write, ["/opt/a", "/var/b"])
    })
  )

  it.scoped("says why a command was not run", () =>
    Effect.gen(function* () {
      const strict = yield* toolWorld({ shell: ScriptedShell.layer({}), run: { sandbox: "strict" } })
      assert.strictEqual((yield* Effect.flip(strict.call(bash, { command: "make" }))).kind, "sandbox")
      const session = "ses_00000000000000000000000000000000" as CopyFailed["session"]
      const broken = yield* toolWorld({
        shell: ScriptedShell.layer({}),
        run: { place: Effect.fail(new CopyFailed({ session, reason: "the disk is full" })) }
      })
      const failure = yield* Effect.flip(broken.call(bash, { command: "make" }))
      assert.strictEqual(failure.kind, "copy")
      assert.include(failure.reason, "the disk is full")
    })
  )
})
