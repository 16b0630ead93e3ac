/**
 * An overlay over a frozen tree, mounted in a namespace of its own that one small process keeps: no rights are needed, the
 * host's mounts stay as they are, and it is gone with that process, which ends with ours. What is written lies in a folder
 * of the copy's.
 */
import { execFile, spawn } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { FileError } from "../../../ports/Workspace.ts"
import { startedIn } from "../elsewhere.ts"
import { findProgram } from "../findProgram.ts"
import { keep, worked } from "../sandboxMemory.ts"
import { fresh, makeFolder } from "./own.ts"

/** A mounted overlay: `at` is its root as this process names it; asking for it throws once it is gone. */
export interface OverlayMount {
  readonly at: () => string
  readonly isThere: () => boolean
  /** Ends it; what was written stays in the folder. */
  readonly end: () => Promise<void>
}

/** The folders of a copy that make up an overlay, by their names in it. */
export const overlayParts = ["upper", "work", "seen"] as const

/** The names in the copy's folder are ours, so that no character of a path is read as an option's. */
const script = `mount -t overlay code-mesh -o "userxattr,lowerdir=$1,upperdir=upper,workdir=work" seen || exit 1
echo mounted; read -r end`

/** Mounts a copy's overlay over a frozen tree; nothing where the system does not let us. */
export const mountOver = (folder: string, lower: string): Promise<OverlayMount | undefined> =>
  new Promise((resolve) => {
    const unshare = findProgram("unshare", process.env.PATH ?? "", process.cwd())
    if (unshare === undefined || process.platform !== "linux") return resolve(undefined)
    for (const part of overlayParts) makeFolder(`${folder}/${part}`)
    const args = ["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh", path.relative(folder, lower)]
    // A group of its own: what is typed at the terminal to end a command is not for it.
    const child = spawn(unshare, args, { cwd: folder, detached: true, stdio: ["pipe", "pipe", "ignore"] })
    let there = true
    const ended = new Promise<void>((over) => {
      const gone = () => {
        there = false
        over()
        resolve(undefined)
      }
      child.once("error", gone)
      child.once("exit", gone)
    })
    const stop = () => child.stdin.destroy()
    child.stdin.on("error", () => undefined)
    child.stdout.once("data", () => {
      const at = `/proc/${child.pid}/root${folder}/seen`
      if (!fs.existsSync(at)) return stop()
      // It is no reason for this process to stay.
      child.unref()
      for (const pipe of [child.stdin, child.stdout])
        if ("unref" in pipe && typeof pipe.unref === "function") pipe.unref()
      // A process that was ended is known by its namespace before it is by its exit.
      const isThere = () => there && fs.existsSync(at)
      resolve({
        isThere,
        at: () => {
          if (isThere()) return at
          throw new FileError({ kind: "other", path: folder, reason: "the mount that shows this copy was ended" })
        },
        end: () => {
          child.ref()
          stop()
          return ended
        }
      })
    })
  })

const memory = "overlay-works"

/** Whether overlays were found to work over copies in a data folder, as things stand now. */
export const overlaysWorked = (dataDir: string): boolean => worked(dataDir, "unshare", memory)

const ran = (program: string, args: ReadonlyArray<string>): Promise<boolean> =>
  new Promise((resolve) => execFile(program, args, { timeout: 5000 }, (error) => resolve(error === null)))

/** Removes and makes anew what the frozen tree has, which takes all that an overlay needs of a file system. */
const bearsUse = (at: string): boolean => {
  try {
    fs.rmSync(`${at}/folder`, { recursive: true })
    fs.mkdirSync(`${at}/folder`)
    fs.appendFileSync(`${at}/file`, "more")
    return fs.readdirSync(`${at}/folder`).length === 0 && fs.readFileSync(`${at}/file`, "utf8") === "onemore"
  } catch {
    return false
  }
}

/** A sandbox within, as commands will have one. */
const sandboxWithin = async (at: string): Promise<boolean> => {
  const [pid, nsenter, bubblewrap] = [
    at.split("/")[2] ?? "",
    ...["nsenter", "bwrap"].map((name) => findProgram(name, process.env.PATH ?? "", process.cwd()))
  ]
  if (nsenter === undefined || bubblewrap === undefined) return false
  const shown = at.slice(`/proc/${pid}/root`.length)
  const inside = [bubblewrap, "--unshare-user", "--uid", "7", "--gid", "7", "--unshare-pid", "--ro-bind", "/", "/"]
  const within = [...inside, "--proc", "/proc", "--bind", shown, "/tmp", "test", "-w", "/tmp/file"]
  const [program = nsenter, ...args] = startedIn(nsenter, { pid, prefix: `/proc/${pid}/root`, path: shown }, within)
  return ran(program, args)
}

/** Finds out by trying, in a folder of its own, and remembers a yes for as long as nothing changes that it rests on. */
export const overlaysWork = async (dataDir: string): Promise<boolean> => {
  if (overlaysWorked(dataDir)) return true
  const folder = `${dataDir}/overlay-${fresh().slice(11, -4)}`
  try {
    makeFolder(`${folder}/lower/folder`)
    fs.writeFileSync(`${folder}/lower/folder/in`, "in")
    fs.writeFileSync(`${folder}/lower/file`, "one")
    const mount = await mountOver(folder, `${folder}/lower`)
    const works = mount !== undefined && bearsUse(mount.at()) && (await sandboxWithin(mount.at()))
    const untouched = fs.readFileSync(`${folder}/lower/file`, "utf8") === "one"
    await mount?.end()
    if (works && untouched) keep(dataDir, "unshare", memory)
    return works && untouched
  } catch {
    return false
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}
