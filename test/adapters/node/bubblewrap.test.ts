/** What a command can't do in the sandbox: the shared probes as root and as an ordinary user, and more of the kind. */
import { execFileSync, spawn } from "node:child_process"
import * as fs from "node:fs"
import * as http from "node:http"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { bubblewrapArguments } from "../../../src/adapters/node/bubblewrap.ts"
import { layerWith } from "../../../src/adapters/node/SpawnShell.ts"
import { seccompProgram } from "../../../src/adapters/node/seccomp.ts"
import { guardedFiles, guardedFolders } from "../../../src/domain/permission/protected.ts"
import { Shell, type ShellRequest } from "../../../src/ports/Shell.ts"
import { request } from "../../ports/Shell.contract.ts"
import { bubblewrapWorks } from "../../support/bubblewrap.ts"

const cases = fileURLToPath(new URL("../../../../shared/cases/", import.meta.url))
const probes = path.join(cases, "sandbox_probes.sh")

describe("the argument list", () => {
  const sandbox = {
    from: "/data/copy",
    to: "/home/me/proj",
    cwd: "/home/me/proj/src",
    network: false,
    hiddenFolders: ["/home/me/.ssh"],
    hiddenFiles: ["/home/me/.netrc"],
    emptyFile: "/tmp/empty",
    readOnly: [{ from: "/home/me/proj/.git", to: "/home/me/proj/.git" }],
    fixed: [{ from: "/home/me/proj/dep", to: "/home/me/proj/dep" }],
    covered: ["/home/me/proj/.env"],
    missing: ["/home/me/proj/.zed"]
  }

  it("is this, for a working copy", () => {
    assert.strictEqual(
      bubblewrapArguments({ ...sandbox, seccomp: 5, status: 4 }).join(" "),
      "--seccomp 5 --json-status-fd 4 --unshare-user --unshare-pid --unshare-net --unshare-ipc --unshare-uts " +
        "--unshare-cgroup-try --die-with-parent --new-session --cap-drop ALL --ro-bind / / --dev /dev --proc /proc " +
        "--tmpfs /tmp --tmpfs /run --tmpfs /var/tmp --tmpfs /home/me/.ssh --ro-bind /tmp/empty /home/me/.netrc " +
        "--bind /data/copy /home/me/proj --bind /home/me/proj/dep /home/me/proj/dep --ro-bind /home/me/proj/.git /home/me/proj/.git " +
        "--ro-bind /tmp/empty /home/me/proj/.env --tmpfs /home/me/proj/.zed --remount-ro /home/me/proj/.zed " +
        "--chdir /home/me/proj/src --setenv TMPDIR /tmp --"
    )
  })

  it("shares the network only where it is allowed", () => {
    assert.notInclude(bubblewrapArguments({ ...sandbox, network: true }), "--unshare-net")
  })

  it("covers secrets inside the project after the project is bound", () => {
    const args = bubblewrapArguments({ ...sandbox, to: "/home/me" })
    assert.isAbove(args.indexOf("/home/me/.ssh"), args.indexOf("/data/copy"))
  })
})

describe("the system call filter", () => {
  /** What the kernel does with such a program: a machine of one register, without loops. */
  const judge = (
    arch: string,
    { audit, call, family = 0 }: { audit: number; call: number; family?: number }
  ): number => {
    const bytes = seccompProgram(arch) ?? new Uint8Array()
    const view = new DataView(bytes.buffer)
    const data: Readonly<Record<number, number>> = { 0: call, 4: audit, 16: family }
    let register = 0
    for (let at = 0; at < bytes.length / 8; at++) {
      const value = view.getUint32(at * 8 + 4, true)
      const jump = (yes: boolean) => view.getUint8(at * 8 + (yes ? 2 : 3))
      const code = view.getUint16(at * 8, true)
      if (code === 0x20) register = data[value] ?? 0
      else if (code === 0x15) at += jump(register === value)
      else if (code === 0x35) at += jump(register >= value)
      else return value
    }
    return -1
  }
  const allow = 0x7fff0000
  const refuse = 0x00050001
  const machines = [
    { arch: "x64", audit: 0xc000003e, socket: 41, ptrace: 101, openat: 257, foreign: [0x40000001, 0x40000029] },
    { arch: "arm64", audit: 0xc00000b7, socket: 198, ptrace: 117, openat: 56, foreign: [] }
  ]

  for (const { arch, audit, foreign, openat, ptrace, socket } of machines)
    it(`lets sockets of the network through and none of the host, on ${arch}`, () => {
      const socketOf = (family: number) => judge(arch, { audit, call: socket, family })
      assert.deepStrictEqual([2, 10, 16].map(socketOf), [allow, allow, allow])
      for (const family of [0, 1, 3, 17, 38, 40, 0xffffffff]) assert.strictEqual(socketOf(family), refuse)
      for (const call of [ptrace, 425, 426, 427, ...foreign])
        assert.strictEqual(judge(arch, { audit, call, family: 2 }), refuse)
      assert.strictEqual(judge(arch, { audit, call: openat, family: 1 }), allow)
      // Calls of another processor's table, such as 32-bit ones, have other numbers.
      assert.strictEqual(judge(arch, { audit: 0x40000003, call: openat }), 0x80000000)
    })

  it("says where it knows nothing", () => {
    assert.isUndefined(seccompProgram("mips"))
  })
})

const everyoneEnters = (folder: string): boolean =>
  fs.existsSync(folder) &&
  (fs.statSync(folder).mode & 1) === 1 &&
  (folder === "/" || everyoneEnters(path.dirname(folder)))

/** A folder that the sandbox does not cover with an empty one: parents of the project must be shown read-only. */
const uncovered = (fits: (folder: string) => boolean): string => {
  const folders = [path.join(process.cwd(), "node_modules"), os.homedir(), "/opt", "/srv"]
  const found = folders.find((folder) => !/^\/(tmp|run|var\/tmp)\//.test(`${folder}/`) && fits(folder))
  return found ?? process.cwd()
}

describe.skipIf(!bubblewrapWorks)("a command in bubblewrap", () => {
  let base: string
  let project: string
  let copy: string
  let home: string
  const git = (...args: ReadonlyArray<string>) => execFileSync("git", args, { cwd: project, stdio: "ignore" })

  beforeAll(() => {
    base = fs.mkdtempSync(path.join(uncovered(fs.existsSync), ".sandbox-"))
    project = path.join(base, "proj")
    copy = path.join(base, "data", "copy")
    home = path.join(base, "home")
    fs.mkdirSync(path.join(home, ".ssh"), { recursive: true })
    fs.writeFileSync(path.join(home, ".ssh", "id_probe"), "secret")
    fs.writeFileSync(path.join(home, ".netrc"), "secret")
    fs.mkdirSync(path.join(project, "node_modules", "dep"), { recursive: true })
    fs.writeFileSync(path.join(project, "node_modules", "dep", "index.js"), "1")
    fs.writeFileSync(path.join(project, "a.txt"), "real\n")
    fs.writeFileSync(path.join(project, ".gitignore"), "node_modules\n")
    git("init", "-q")
    git("-c", "user.name=a", "-c", "user.email=a@b", "add", ".")
    git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "first")
    fs.mkdirSync(path.join(copy, ".git"), { recursive: true })
    fs.mkdirSync(path.join(copy, ".vscode"))
    fs.mkdirSync(path.join(copy, "src"))
    fs.writeFileSync(path.join(copy, "a.txt"), "copy\n")
    fs.writeFileSync(path.join(copy, ".gitignore"), "node_modules\n")
  })
  afterAll(() => fs.rmSync(base, { recursive: true, force: true }))

  const sandboxed = (command: string, more: Partial<ShellRequest> = {}) =>
    Effect.flatMap(Shell, (shell) =>
      shell.run(
        request(command, {
          cwd: copy,
          mount: { from: copy, to: project },
          readOnly: [path.join(project, "node_modules")],
          sandbox: "strict",
          ...more
        })
      )
    ).pipe(
      Effect.provide(
        layerWith({
          env: { ...process.env, HOME: home, HOSTPID: String(process.pid) },
          hidden: [path.join(base, "data")]
        })
      )
    )

  const prints = (title: string, command: string, output: string, more: Partial<ShellRequest> = {}) =>
    it.live(title, () =>
      Effect.gen(function* () {
        const result = yield* sandboxed(command, more)
        assert.strictEqual(result.output, output)
        assert.deepStrictEqual(result.code, Option.some(0))
      })
    )

  it.live("sees the copy at the real root's place", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* sandboxed("pwd; cat a.txt; echo $TMPDIR")).output, `${project}\ncopy\n/tmp\n`)
      assert.strictEqual((yield* sandboxed("pwd", { cwd: path.join(copy, "src") })).output, `${project}/src\n`)
    })
  )
  prints(
    "sees ignored folders of the real tree, read-only",
    "cat node_modules/dep/index.js; touch node_modules/x 2>/dev/null || echo no",
    "1no\n"
  )
  prints("sees the real repository, and its own changes in it", "git status --short", " M a.txt\n")
  prints("sees no secret files and none of our data", `cat ~/.netrc; ls ${"$"}{PWD%/proj}/data | wc -l`, "0\n", {
    sandbox: "workspace"
  })
  it.live("sees key files of the copy empty, wherever they are, and can't get at them otherwise", () =>
    Effect.gen(function* () {
      const files = [".env", "pkg/api/.env.local"]
      fs.mkdirSync(path.join(copy, "pkg/api"), { recursive: true })
      for (const file of files) fs.writeFileSync(path.join(copy, file), "KEY=canary\n")
      fs.symlinkSync("/etc/passwd", path.join(copy, "link.pem"))
      const hidden = [...files, "link.pem", "gone.pem"].map((file) => path.join(project, file))
      for (const sandbox of ["workspace", "strict"] as const) {
        const seen = yield* sandboxed("grep -rs canary . /proc/self/cwd/; wc -c < .env; ls gone.pem", {
          hidden,
          sandbox
        })
        assert.strictEqual(seen.output, "0\nls: cannot access 'gone.pem': No such file or directory\n")
        const tried = yield* succeed(
          [
            "echo x > .env",
            "mv .env e",
            "rm .env",
            "mv pkg p2",
            "mv pkg/api p3",
            "ln pkg/api/.env.local x",
            "umount .env"
          ],
          { hidden, sandbox }
        )
        assert.deepStrictEqual(tried.done, [])
      }
      assert.strictEqual((yield* sandboxed("grep -rl canary . | wc -l")).output, "2\n")
      for (const file of [".env", "pkg", "link.pem"]) fs.rmSync(path.join(copy, file), { recursive: true })
      assert.isFalse(fs.existsSync(path.join(copy, "gone.pem")))
    })
  )
  prints("holds no descriptor of ours", "for fd in 4 5 6; do [ -e /proc/self/fd/$fd ] && echo $fd; done; true", "")
  prints(
    "cannot change folders that make editors run something",
    "touch .vscode/tasks.json 2>/dev/null || echo no",
    "no\n"
  )
  /** Runs every line in one sandbox; answers those that did what they tried. */
  const succeed = (lines: ReadonlyArray<string>, more: Partial<ShellRequest> = {}) => {
    const script = lines.map((line, index) => `( ${line} ) >/dev/null 2>&1 && echo ${index}`).join("\n")
    return Effect.map(sandboxed(`${script}\ntrue`, more), ({ output, withdrawn = [] }) => ({
      done: output.split("\n").flatMap((index) => (index === "" ? [] : [lines[Number(index)] ?? output])),
      withdrawn
    }))
  }

  it.live("can neither write nor make what makes other programs run something, whatever is there", () =>
    Effect.gen(function* () {
      const here = fs.readdirSync(copy).toSorted()
      const folders = guardedFolders.filter((name) => name !== ".git")
      const tried = yield* succeed([
        ...folders.flatMap((name) => [`echo evil > ${name}/y`, `mkdir ${name}/x`, `rm -rf ${name}`, `mv ${name} z`]),
        ...folders.map((name) => `ln -sfn /tmp ${name} && test -L ${name}`)
      ])
      assert.deepStrictEqual(tried, { done: [], withdrawn: [] })
      const made = yield* succeed(guardedFiles.map((name) => `echo evil > ${name}; ln -sf /tmp/x ${name}; false`))
      assert.deepStrictEqual(made.withdrawn, guardedFiles)
      assert.deepStrictEqual(fs.readdirSync(copy).toSorted(), here)
    })
  )

  it.live("cannot change such a file where it is, nor the link to it", () =>
    Effect.gen(function* () {
      const place = fs.mkdtempSync(path.join(base, "place-"))
      fs.writeFileSync(path.join(place, "AGENTS.md"), "mine\n")
      fs.symlinkSync("AGENTS.md", path.join(place, "CLAUDE.md"))
      const tried = yield* succeed(
        [
          "echo evil >> AGENTS.md",
          "mv AGENTS.md x",
          "rm -f AGENTS.md",
          "echo evil >> CLAUDE.md",
          "ln -sf /tmp CLAUDE.md"
        ],
        { cwd: place, mount: { from: place, to: place }, readOnly: [], sandbox: "workspace" }
      )
      assert.deepStrictEqual(tried, { done: ["ln -sf /tmp CLAUDE.md"], withdrawn: ["CLAUDE.md"] })
      assert.deepStrictEqual(fs.readdirSync(place), ["AGENTS.md", "CLAUDE.md"])
      assert.strictEqual(fs.readFileSync(path.join(place, "AGENTS.md"), "utf8"), "mine\n")
      assert.strictEqual(fs.readlinkSync(path.join(place, "CLAUDE.md")), "AGENTS.md")
    })
  )

  it.live("has all of a repository read-only: a worktree's, a submodule's, one inside the project", () =>
    Effect.gen(function* () {
      const tree = path.join(base, "tree")
      git("worktree", "add", "-q", "--detach", tree)
      const above = path.join(base, "super")
      const author = ["-c", "protocol.file.allow=always", "-c", "user.name=a", "-c", "user.email=a@b"]
      fs.mkdirSync(above)
      for (const args of [
        ["init", "-q"],
        ["submodule", "add", "-q", project, "dep/sub"]
      ])
        execFileSync("git", [...author, ...args], { cwd: above, stdio: "ignore" })
      const where = (root: string) => ({ cwd: root, mount: { from: root, to: root }, readOnly: [] })
      const tries = [
        "echo x > $(git rev-parse --git-path hooks)/post-checkout",
        "echo x >> $(git rev-parse --git-common-dir)/config",
        "git config core.fsmonitor 'touch /x'",
        "echo ../evil > $(git rev-parse --git-dir)/commondir",
        "echo gitdir: evil > .git",
        "mv .git g",
        "rm -rf .git"
      ]
      for (const root of [tree, path.join(above, "dep/sub")])
        for (const sandbox of ["workspace", "strict"] as const) {
          const { done } = yield* succeed(["git status --short", ...tries], { ...where(root), sandbox })
          assert.deepStrictEqual(done, ["git status --short"])
        }
      const inside = [...tries, "echo x > dep/sub/.git", "mv dep other", "mv dep/sub other", "rm -rf dep"]
      assert.deepStrictEqual((yield* succeed(inside, where(above))).done, [])
      assert.deepStrictEqual((yield* succeed(["touch dep/sub/new dep/new"], where(above))).done.length, 1)
    })
  )

  it.live("in strict sees the system, its copy, and nothing else of the person's", () =>
    Effect.gen(function* () {
      fs.writeFileSync(path.join(home, "letter.txt"), "private")
      const reads = ["cat ~/letter.txt", `ls ${path.join(base, "data")}`]
      const works = ["node -p 1+1", "cat a.txt", "git status", 'test -z "$(ls -A ~)"']
      const writes = ["echo x > /x", "echo x > ~/x", "mkdir /home/x", "echo x > /usr/x"]
      assert.deepStrictEqual((yield* succeed([...works, ...reads, ...writes])).done, works)
      assert.include((yield* succeed(reads, { sandbox: "workspace" })).done, reads[0])
    })
  )

  prints("can print to /dev/null and read random bytes", "head -c 4 /dev/urandom | wc -c; echo x > /dev/null", "4\n")

  it.live("answers the exit code, and names a sandbox that did not start", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* sandboxed("exit 7")).code, Option.some(7))
      const failure = yield* Effect.flip(sandboxed("true", { mount: { from: "/nowhere", to: project } }))
      assert.strictEqual(failure.kind, "sandbox")
      assert.include(failure.reason, "/nowhere")
    })
  )

  it.live("has time to clean up at its limit, and is gone after it", () =>
    Effect.gen(function* () {
      const polite = yield* sandboxed("trap 'echo bye; exit' TERM; echo go; sleep 60 & wait", { timeout: 400 })
      assert.deepStrictEqual([polite.ended, polite.output], ["timeout", "go\nbye\n"])
      const [duration, deaf] = yield* Effect.timed(
        sandboxed("trap '' TERM; setsid sleep 61 & sleep 60", { timeout: 400 })
      )
      assert.strictEqual(deaf.ended, "timeout")
      assert.isBelow(Duration.toMillis(duration), 5000)
    })
  )

  it.live("does not wait for what it left in the background", () =>
    Effect.gen(function* () {
      const [duration, result] = yield* Effect.timed(sandboxed("setsid sleep 62 & echo hi"))
      assert.strictEqual(result.output, "hi\n")
      assert.isBelow(Duration.toMillis(duration), 5000)
    })
  )

  it.live("reaches the host's network only where that is allowed, and never in strict", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const server = http.createServer((_, answer) => answer.end("hello"))
        yield* Effect.promise(() => new Promise<void>((done) => server.listen(0, "127.0.0.1", done)))
        yield* Effect.addFinalizer(() => Effect.sync(() => server.close()))
        const address = server.address()
        const port = typeof address === "object" && address !== null ? address.port : 0
        const call = `exec 3<>/dev/tcp/127.0.0.1/${port} && echo reached`
        const reach = (more: Partial<ShellRequest>) =>
          Effect.map(sandboxed(call, more), ({ output }) => output.includes("reached"))
        assert.isTrue(yield* reach({ sandbox: "workspace", network: true }))
        assert.isFalse(yield* reach({ sandbox: "workspace", network: false }))
        assert.isFalse(yield* reach({ sandbox: "strict", network: true }))
      })
    )
  )

  /** Runs the probes in a sandbox of this mode; answers the lines of those that failed, once all have spoken. */
  const probed = (sandbox: "workspace" | "strict", more: Parameters<typeof sandboxed>[1] = {}) =>
    Effect.gen(function* () {
      const host = spawn("sleep", ["600"], { stdio: "ignore" })
      yield* Effect.addFinalizer(() => Effect.sync(() => host.kill()))
      // Read through the copy: the sandbox covers /tmp, and the cases may stand anywhere.
      fs.copyFileSync(probes, path.join(copy, "probes.sh"))
      const command = `HOSTPID=${host.pid} bash ./probes.sh`
      const { output } = yield* sandboxed(command, { timeout: 60_000, sandbox, ...more })
      const lines = output.trim().split("\n")
      assert.strictEqual(lines.length, fs.readFileSync(probes, "utf8").match(/^t /gm)?.length, output)
      return lines.filter((line) => !line.startsWith("PASS"))
    }).pipe(Effect.scoped)

  for (const sandbox of ["workspace", "strict"] as const)
    it.live.skipIf(!fs.existsSync(probes))(`withstands every probe (${sandbox})`, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* probed(sandbox), [])
      })
    )

  it.scopedLive.skipIf(!fs.existsSync(probes) || process.getuid?.() !== 0)(
    "withstands every probe as an ordinary user",
    () =>
      Effect.gen(function* () {
        const user = 65534
        const own = yield* Effect.acquireRelease(
          Effect.sync(() => fs.mkdtempSync(path.join(uncovered(everyoneEnters), ".sandbox-user-"))),
          (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
        )
        const work = path.join(own, "proj")
        execFileSync("git", ["init", "-q", work])
        fs.mkdirSync(path.join(own, "home", ".ssh"), { recursive: true })
        fs.writeFileSync(path.join(own, "home", ".ssh", "id_probe"), "secret")
        fs.copyFileSync(probes, path.join(work, "probes.sh"))
        execFileSync("chown", ["-R", `${user}:${user}`, own])
        const program = path.join(own, "run.mjs")
        const { build } = yield* Effect.promise(() => import("esbuild"))
        const contents = `
        import * as Effect from "effect/Effect"
        import { spawn } from "node:child_process"
        import { make } from ${JSON.stringify(path.resolve("src/adapters/node/SpawnShell.ts"))}
        const shell = await Effect.runPromise(make())
        const host = spawn("sleep", ["600"], { stdio: "ignore" })
        for (const sandbox of ["workspace", "strict"])
          console.log((await Effect.runPromise(shell.run({ command: "HOSTPID=" + host.pid + " bash ./probes.sh; echo uid $(id -u)",
            cwd: process.cwd(), sandbox, network: false, timeout: 60000, maxOutput: 1e6 }))).output)
        host.kill()`
        const options = { bundle: true, format: "esm", platform: "node", outfile: program } as const
        yield* Effect.promise(() => build({ stdin: { contents, resolveDir: process.cwd(), loader: "ts" }, ...options }))
        const output = execFileSync(process.execPath, [program], {
          cwd: work,
          uid: user,
          gid: user,
          encoding: "utf8",
          env: { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: path.join(own, "home") }
        })
        const lines = output.split("\n").filter((line) => line !== "")
        assert.deepStrictEqual(
          lines.filter((line) => !line.startsWith("PASS")),
          [`uid ${user}`, `uid ${user}`]
        )
        assert.strictEqual(lines.length - 2, 2 * (fs.readFileSync(probes, "utf8").match(/^t /gm)?.length ?? 0))
      })
  )
})
