/** Commands by the system's shell: in a process group of their own, and in bubblewrap where it works. */
import { execFile } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type Confinement, Shell, ShellFailed, type ShellRequest, type ShellResult } from "../../ports/Shell.ts"
import type { Resolve } from "./allowedProxy.ts"
import { bubblewrapArguments } from "./bubblewrap.ts"
import { commandEnvironment } from "./commandEnvironment.ts"
import { sandboxOf, seatbeltOf, watchGuarded } from "./confine.ts"
import { elsewhere, namedThere, startedIn } from "./elsewhere.ts"
import { findProgram } from "./findProgram.ts"
import { endLeftover } from "./leftover.ts"
import { kernelLimits } from "./limits.ts"
import { type Launch, runProcess } from "./processGroup.ts"
import { proxyEnvironment, relayProgram, relayStart } from "./relay.ts"
import { forget, keep, worked } from "./sandboxMemory.ts"
import { seatbeltProfile } from "./seatbelt.ts"
import { seccompProgram } from "./seccomp.ts"

/** What can be told of the machine, for tests and for hosts that keep their files elsewhere. */
export interface SpawnShellOptions {
  /** Folders that sandboxed commands see empty, beside the known ones: our own configuration and data. */
  readonly hidden?: ReadonlyArray<string>
  /** The environment that the commands' one is made from; the process's own where absent. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** The folder whose programs are not ours to run; the current one where absent. */
  readonly project?: string
  /** The bubblewrap program; `bwrap` on the search path, outside the project, where absent. */
  readonly bubblewrap?: string
  /** How the proxy of a list of hosts looks names up; the system's way where absent. */
  readonly resolve?: Resolve
  /** A folder to remember in that the sandbox works here; each process finds out by itself where absent. */
  readonly cache?: string
}

/** The parts of a sandbox that are found out once. */
interface Probed {
  readonly works: boolean
  readonly note: string
  readonly program: Uint8Array | undefined
  readonly emptyFile: string
}

let scratchFolder: string | undefined

/** A private folder of this process, made on first need and deleted with it. */
const scratch = (): string => {
  if (scratchFolder !== undefined) return scratchFolder
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "code-mesh-shell-"))
  process.once("exit", () => fs.rmSync(folder, { recursive: true, force: true }))
  scratchFolder = folder
  return folder
}

/** The seccomp program on a fresh descriptor: bubblewrap reads it to its end, so each start needs its own. */
const openProgram = (): number => fs.openSync(path.join(scratch(), "seccomp.bpf"), "r")

const shellNames = ["/bin/bash", "/usr/bin/bash", "/usr/local/bin/bash", "/opt/homebrew/bin/bash"]

/** The command begins when we say so; should we end before that, it never does. */
const gated = "read -r go <&3 || exit 125; "

/** Waits for our death on descriptor 3 and then ends the group; it stands in the group itself, and heeds no gentler signal. */
const watched = `${gated}{ trap "" TERM HUP INT QUIT; read -r line; kill -s KILL -- "-$$"; } <&3 >/dev/null 2>&1 & exec 2>&1 3<&-; `

/** Standard output and error in one pipe keep their order. */
const joined = `${gated}exec 2>&1 3<&-; exec "$@"`

const become = 'exec "$@"'

const plainLaunch = (request: ShellRequest, shell: string, env: Record<string, string>): Launch => {
  const script = watched + kernelLimits(request.limits ?? {}, false) + become
  return { args: ["-c", script, "sh", shell, "-c", request.command], cwd: request.cwd, env }
}

/** What becomes the command inside a sandbox, once the limits hold and the way out is there. */
const insideScript = (request: ShellRequest, proxied: boolean): ReadonlyArray<string> => {
  const script = (proxied ? relayStart : "") + kernelLimits(request.limits ?? {}, true) + become
  return ["/bin/sh", "-c", script, "sh", ...(proxied ? [process.execPath, relayProgram] : [])]
}

/** A sandbox's program and arguments, started where the copy is mounted if that is not here. */
const inPlaceOf = (
  from: string,
  command: ReadonlyArray<string>,
  search: string,
  project: string
): ReadonlyArray<string> => {
  const there = elsewhere(from)
  if (there === undefined) return command
  // Who enters is root there, and is to be itself again inside.
  const who = ["--uid", String(process.getuid?.() ?? 0), "--gid", String(process.getgid?.() ?? 0)]
  const [program = "bwrap", ...args] = command.map((it) => (it.startsWith(`${there.prefix}/`) ? namedThere(it) : it))
  const nsenter = findProgram("nsenter", search, project) ?? "/usr/bin/nsenter"
  return startedIn(nsenter, there, [program, ...who, ...args])
}

/** A list of hosts to be held to; all and none need no proxy. */
const listedHosts = ({ network, sandbox }: ShellRequest): ReadonlyArray<string> =>
  typeof network === "boolean" || sandbox === "strict" ? [] : network

const firstLine = (text: string): string => text.trim().split("\n")[0] ?? ""

/** Runs `true` in the sandbox once, as commands will run. */
const probe = (bubblewrap: string, env: Record<string, string>): Effect.Effect<Probed> =>
  Effect.async<Probed>((resume) => {
    const program = seccompProgram(process.arch)
    const no = (note: string) => resume(Effect.succeed({ works: false, note, program, emptyFile: "" }))
    if (process.platform !== "linux") return no(`there is no sandbox for ${process.platform} yet`)
    const args = bubblewrapArguments({
      from: "/tmp",
      to: "/tmp",
      cwd: "/",
      network: false,
      hiddenFolders: [],
      hiddenFiles: [],
      emptyFile: "",
      fixed: [],
      covered: [],
      readOnly: [],
      missing: []
    })
    execFile(bubblewrap, [...args, "true"], { env, timeout: 5000, killSignal: "SIGKILL" }, (error, _out, errors) => {
      if (error === null) {
        const folder = scratch()
        const emptyFile = path.join(folder, "empty")
        fs.writeFileSync(emptyFile, "", { mode: 0o600 })
        if (program !== undefined) fs.writeFileSync(path.join(folder, "seccomp.bpf"), program, { mode: 0o600 })
        return resume(Effect.succeed({ works: true, note: "", program, emptyFile }))
      }
      const missing = "code" in error && error.code === "ENOENT"
      no(
        missing ? "bubblewrap is not installed" : `bubblewrap does not work here: ${firstLine(errors) || error.message}`
      )
    })
  })

const sandboxExec = "/usr/bin/sandbox-exec"

/** Whether `sandbox-exec` takes a profile here. */
const probeSeatbelt: Effect.Effect<Probed> = Effect.async((resume) => {
  execFile(sandboxExec, ["-p", "(version 1)(allow default)", "/usr/bin/true"], { timeout: 5000 }, (error) =>
    resume(
      Effect.succeed({
        works: error === null,
        note: "sandbox-exec does not work here",
        program: undefined,
        emptyFile: ""
      })
    )
  )
})

/** As a probe that found a working sandbox. */
const trusted = (): Probed => ({ works: true, note: "", program: seccompProgram(process.arch), emptyFile: "" })

const confinementOf = (sandbox: ShellRequest["sandbox"], probed: Probed): Confinement => {
  if (sandbox === "off") return { kind: "none", note: "The sandbox is off: commands run with all your rights." }
  if (probed.works && process.platform === "darwin")
    return {
      kind: "sandbox-exec",
      note: "Commands run in sandbox-exec: they write to the working copy and temporary folders only; a list of hosts is no network."
    }
  if (!probed.works) {
    const then = sandbox === "auto" ? "so commands run with all your rights" : "so no command is run"
    return { kind: "none", note: `There is no sandbox, ${then}: ${probed.note}.` }
  }
  const filter = probed.program === undefined ? ", without a filter of system calls on this processor" : ""
  const reads = sandbox === "strict" ? "read the system and that copy alone" : "see no secrets of your home"
  return {
    kind: "bubblewrap",
    note: `Commands run in bubblewrap${filter}: they write to the working copy and /tmp only, and ${reads}.`
  }
}

/** Makes the shell; the sandbox is probed on first need. */
export const make = (options: SpawnShellOptions = {}): Effect.Effect<typeof Shell.Service> =>
  Effect.gen(function* () {
    const given = options.env ?? process.env
    const project = options.project ?? process.cwd()
    const bubblewrap = options.bubblewrap ?? findProgram("bwrap", given.PATH ?? "", project) ?? "/usr/bin/bwrap"
    const probed = yield* Effect.cached(
      process.platform === "darwin" ? probeSeatbelt : probe(bubblewrap, commandEnvironment(given, project))
    )
    const environment = ({ cwd, mount }: ShellRequest) => commandEnvironment(given, mount?.to ?? cwd)
    let chosen: string | undefined
    const shell = () => {
      chosen ??= shellNames.find((name) => fs.existsSync(name)) ?? "sh"
      return chosen
    }

    const wayOut = async (hosts: ReadonlyArray<string>) =>
      hosts.length === 0 ? undefined : (await import("./allowedProxy.ts")).makeProxy(hosts, options.resolve)

    const confinedLaunch = async (request: ShellRequest, found: Probed): Promise<Launch> => {
      const hosts = listedHosts(request)
      const proxy = await wayOut(hosts)
      // The copy is a mount of its own: git looks for its repository beyond it.
      const across = { GIT_DISCOVERY_ACROSS_FILESYSTEM: "1" }
      const env: Record<string, string> = {
        ...environment(request),
        ...across,
        ...(proxy === undefined ? {} : proxyEnvironment(hosts))
      }
      const around = { home: env.HOME ?? os.homedir(), hidden: options.hidden ?? [], search: env.PATH ?? "" }
      const tidy = watchGuarded(request)
      const open = request.network === true && request.sandbox !== "strict"
      const sandbox = sandboxOf(request, { ...around, emptyFile: found.emptyFile }, open)
      const seccomp = found.program === undefined ? undefined : openProgram()
      const args = bubblewrapArguments({ ...sandbox, status: 4, ...(seccomp === undefined ? {} : { seccomp: 5 }) })
      const inner = insideScript(request, proxy !== undefined)
      const confined = inPlaceOf(sandbox.from, [bubblewrap, ...args], env.PATH ?? "", project)
      return {
        args: ["-c", joined, "sh", ...confined, ...inner, shell(), "-c", request.command],
        cwd: "/",
        env,
        sandbox: { ...(seccomp === undefined ? {} : { seccomp }), ...(proxy === undefined ? {} : { proxy }) },
        tidy
      }
    }

    const seatbeltLaunch = (request: ShellRequest): Launch => {
      const env = environment(request)
      const around = { home: env.HOME ?? os.homedir(), hidden: options.hidden ?? [], search: env.PATH ?? "" }
      const profile = seatbeltProfile(seatbeltOf(request, { ...around, emptyFile: "" }))
      const plain = plainLaunch(request, shell(), env)
      const [flag = "-c", script = "", name = "sh", ...command] = plain.args
      return { ...plain, args: [flag, script, name, sandboxExec, "-p", profile, ...command] }
    }

    const { cache } = options
    let told = false

    const run = (request: ShellRequest): Effect.Effect<ShellResult, ShellFailed> =>
      Effect.gen(function* () {
        if (request.sandbox === "off")
          return yield* runProcess(() => plainLaunch(request, shell(), environment(request)), request)
        const found = yield* probed
        if (found.works && process.platform === "darwin")
          return yield* runProcess(() => seatbeltLaunch(request), request)
        if (found.works) return yield* runProcess(() => confinedLaunch(request, found), request)
        // Whoever was told of a sandbox does not get a command without one.
        if (told && cache !== undefined) forget(cache)
        if (request.sandbox !== "auto" || told) return yield* new ShellFailed({ kind: "sandbox", reason: found.note })
        return yield* runProcess(() => plainLaunch(request, shell(), environment(request)), request)
      })

    const remembered = Effect.suspend(() => {
      if (cache === undefined) return probed
      told = worked(cache, bubblewrap)
      if (told) return Effect.succeed(trusted())
      return Effect.tap(probed, ({ works }) => Effect.sync(() => works && keep(cache, bubblewrap)))
    })
    const known = yield* Effect.cached(remembered)

    // What is only told rests on what was remembered; what runs, on a probe of its own.
    const confinement = (sandbox: ShellRequest["sandbox"]): Effect.Effect<Confinement> =>
      sandbox === "off"
        ? Effect.succeed(confinementOf(sandbox, { works: false, note: "", program: undefined, emptyFile: "" }))
        : Effect.map(known, (found) => confinementOf(sandbox, found))

    return Shell.of({ run, end: endLeftover, confinement })
  })

/** The shell of this machine, with folders of our own to hide. */
export const layerWith = (options: SpawnShellOptions): Layer.Layer<Shell> => Layer.effect(Shell, make(options))

/** The shell of this machine. */
export const layer: Layer.Layer<Shell> = layerWith({})
