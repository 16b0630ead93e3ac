/** Runs the built program in a home and a project of its own: the shipped code, by default without a process for each run. */
import { type ChildProcess, spawn } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { Readable, Writable } from "node:stream"
import { fileURLToPath } from "node:url"
import type { HostProcess } from "../../../src/programs/cli/HostProcess.ts"

/** The program as it is shipped; `CODE_MESH_BIN` names another build, as one that was installed. */
export const bin = process.env.CODE_MESH_BIN ?? fileURLToPath(new URL("../../../dist/cli/bin.cjs", import.meta.url))

/** How a run of the program ended. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A run that goes on. */
export interface Running {
  readonly process: ChildProcess
  /** Resolves when stderr has said this. */
  readonly says: (text: string) => Promise<void>
  readonly ended: Promise<Ended>
}

/** What a run may be given beside its words. */
export interface Given {
  readonly stdin?: string
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** In a process of its own, through the launcher: for what is about processes. */
  readonly process?: true
}

/** A home and a project. */
export interface Desk {
  readonly root: string
  readonly home: string
  /** Writes a file of the project. */
  readonly put: (path: string, text: string) => string
  readonly get: (path: string) => string
  /** A process, for what is done to it while it runs. */
  readonly start: (args: ReadonlyArray<string>, given?: Given) => Running
  /** Runs to the end, in this process unless another is asked for. */
  readonly run: (args: ReadonlyArray<string>, given?: Given) => Promise<Ended>
  /** Runs with a script for the model; further words and flags as given. */
  readonly play: (turns: ReadonlyArray<unknown>, args: ReadonlyArray<string>, given?: Given) => Promise<Ended>
  /** The name of a scripted model with these turns. */
  readonly script: (turns: ReadonlyArray<unknown>) => string
  readonly close: () => void
}

const launch = (args: ReadonlyArray<string>, env: NodeJS.ProcessEnv, cwd: string, stdin: string): Running => {
  const child = spawn(process.execPath, [bin, ...args], { cwd, env, stdio: ["pipe", "pipe", "pipe"] })
  let stdout = ""
  let stderr = ""
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text
  })
  child.stdin.on("error", () => undefined)
  child.stdin.end(stdin)
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject)
    child.once("close", (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
  const says = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (stderr.includes(text)) resolve()
      }
      child.stderr.on("data", look)
      look()
      ended.then(() => {
        look()
        reject(new Error(`ended without saying ${JSON.stringify(text)}: ${stdout}${stderr}`))
      }, reject)
    })
  return { process: child, says, ended }
}

/** A stream that keeps what is written to it. */
const kept = () => {
  let text = ""
  const stream = new Writable({
    decodeStrings: false,
    write: (chunk: string, _encoding, done) => {
      text += chunk
      done()
    }
  })
  return { stream, text: () => text }
}

let loaded: ((host: HostProcess) => void) | undefined

/** The program's own entry, from the build that is tested; what the launcher gives it in a process, it is given here. */
const startIn = (host: HostProcess): void => {
  if (loaded === undefined) {
    Object.assign(globalThis, { [Symbol.for("code-mesh/import")]: (id: string) => import(id) })
    const entry: { readonly startIn: (host: HostProcess) => void } = createRequire(import.meta.url)(
      join(dirname(bin), "startIn.cjs")
    )
    loaded = entry.startIn
  }
  loaded(host)
}

/** A run without a process: it has words, environment, folder and streams of its own; nobody signals it. */
const runHere = (args: ReadonlyArray<string>, env: NodeJS.ProcessEnv, cwd: string, stdin: string): Promise<Ended> =>
  new Promise((resolve) => {
    const began = performance.now()
    const stdout = kept()
    const stderr = kept()
    startIn({
      argv: [process.execPath, bin, ...args],
      env,
      cwd: () => cwd,
      uptime: () => (performance.now() - began) / 1000,
      stdin: Readable.from(stdin === "" ? [] : [Buffer.from(stdin)], { objectMode: false }),
      stdout: stdout.stream,
      stderr: stderr.stream,
      on: () => undefined,
      exit: (code) => resolve({ code, signal: null, stdout: stdout.text(), stderr: stderr.text() })
    })
  })

/** Keys and addresses of the machine that runs the tests are not the tests' business. */
const bareEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/_API_KEY$|_BASE_URL$|_HOST$|^CODE_MESH_|^XDG_|^NODE_OPTIONS$|^VITEST|^CI$|^NO_COLOR$/.test(name)
    )
  )

/** A fresh home and project. */
export const desk = (): Desk => {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "code-mesh-cli-")))
  const root = join(base, "project")
  const home = join(base, "home")
  mkdirSync(root)
  mkdirSync(home)
  const env = { ...bareEnvironment(), HOME: home, CODE_MESH_HOME: join(home, "code-mesh"), OLLAMA_HOST: "127.0.0.1:9" }
  let scripts = 0
  const put = (path: string, text: string): string => {
    const full = join(root, path)
    mkdirSync(dirname(full), { recursive: true })
    writeFileSync(full, text)
    return full
  }
  const start: Desk["start"] = (args, given = {}) =>
    launch(args, { ...env, ...given.env }, given.cwd ?? root, given.stdin ?? "")
  const run: Desk["run"] = (args, given = {}) =>
    given.process === true
      ? start(args, given).ended
      : runHere(args, { ...env, ...given.env }, given.cwd ?? root, given.stdin ?? "")
  const script = (turns: ReadonlyArray<unknown>): string => {
    const path = join(base, `script-${scripts++}.json`)
    writeFileSync(path, JSON.stringify({ turns }))
    return `scripted/${path}`
  }
  return {
    root,
    home: join(home, "code-mesh"),
    put,
    get: (path) => readFileSync(join(root, path), "utf8"),
    start,
    run,
    script,
    play: (turns, args, given = {}) =>
      run(["run", ...args], { ...given, env: { ...given.env, CODE_MESH_MODEL: script(turns) } }),
    close: () => rmSync(base, { recursive: true, force: true })
  }
}

/** The one JSON object on stdout. */
export const json = (ended: Ended): Record<string, unknown> => JSON.parse(ended.stdout)

/** The JSON objects on stdout, one a line. */
export const jsonLines = (ended: Ended): ReadonlyArray<Record<string, unknown>> =>
  ended.stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line))

/** A call of a script. */
export const call = (name: string, input: unknown) => ({ name, input })
