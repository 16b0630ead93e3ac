/** Runs a TypeScript module as a process of its own: what is about several processes is tested with several. */
import { type ChildProcess, spawn } from "node:child_process"
import { existsSync, mkdirSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"

const root = fileURLToPath(new URL("../..", import.meta.url))
/** Inside the repository, so that packages are found from there. */
const folder = `${root}.build/children`

/** A module bundled for Node, its packages left where they are; answers the script's path. */
export const bundleForNode = async (entry: URL): Promise<string> => {
  const path = fileURLToPath(entry)
  mkdirSync(folder, { recursive: true })
  const outfile = `${folder}/${path.replace(/^.*\/test\//, "").replaceAll("/", "-")}.${process.pid}.mjs`
  await build({
    entryPoints: [path],
    bundle: true,
    format: "esm",
    platform: "node",
    packages: "external",
    outfile,
    logLevel: "silent"
  })
  return outfile
}

/** A child that is running: its lines so far, and its end. */
export interface Child {
  readonly process: ChildProcess
  readonly lines: ReadonlyArray<string>
  /** Resolves with the first line that contains the text; rejects where the child ends without one. */
  readonly line: (text: string) => Promise<string>
  readonly ended: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>
}

/** Starts a command and collects what it says. */
export const start = (
  command: string,
  args: ReadonlyArray<string>,
  env: Readonly<Record<string, string>> = {}
): Child => {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } })
  const lines: Array<string> = []
  let stdout = ""
  let stderr = ""
  let rest = ""
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text
    const pieces = (rest + text).split("\n")
    rest = pieces.pop() ?? ""
    lines.push(...pieces)
  })
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text
  })
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve, reject) => {
    child.once("error", reject)
    child.once("close", (code) => resolve({ code, stdout, stderr }))
  })
  const line = (text: string) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const found = lines.find((one) => one.includes(text))
        if (found !== undefined) resolve(found)
        return found !== undefined
      }
      if (look()) return
      child.stdout.on("data", look)
      ended.then((end) => {
        if (!look()) reject(new Error(`ended without saying ${JSON.stringify(text)}: ${end.stdout}${end.stderr}`))
      }, reject)
    })
  return { process: child, lines, line, ended }
}

const bwrap = "/usr/bin/bwrap"

/** True where no bubblewrap is installed: tests that need a small or read-only disk are then skipped, by name. */
export const bubblewrapMissing = !existsSync(bwrap)

/** Starts a script in a mount namespace of its own, with extra mounts on top of the host's files. */
export const startIn = (mounts: ReadonlyArray<string>, script: string, args: ReadonlyArray<string>): Child =>
  start(bwrap, ["--dev-bind", "/", "/", ...mounts, process.execPath, script, ...args])
