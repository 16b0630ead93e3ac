/** Facts about this machine, and the instructions for agents that lie in its folders. */
import { constants, existsSync } from "node:fs"
import { open } from "node:fs/promises"
import { homedir } from "node:os"
import { dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Host } from "../../ports/Host.ts"
import { paths } from "./Paths.ts"

/** The program's version, and where global instructions are. */
export interface NodeHostOptions {
  readonly version: string
  /** Folder of the global config. */
  readonly folder?: string
  /** The person's home folder; this process's own where absent. */
  readonly home?: string
}

/** Bytes of one file of instructions that the model is given. */
const most = 32 * 1024

/** Names in the order in which they are looked for; only the first that is there counts in a folder. */
const names = ["AGENTS.md", "CLAUDE.md"] as const

/** The folders from the repository's root down to this one; this one alone where there is no repository. */
const foldersDown = (root: string): ReadonlyArray<string> => {
  const up: Array<string> = []
  for (let folder = root; ; folder = dirname(folder)) {
    up.unshift(folder)
    if (existsSync(join(folder, ".git"))) return up
    if (dirname(folder) === folder) return [root]
  }
}

/** The start of a regular file; pipes and devices, which could block or never end, have none. */
const readStart = async (path: string): Promise<string | undefined> => {
  // Opening a pipe would otherwise wait for somebody to write to it.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => undefined)
  if (file === undefined) return undefined
  try {
    const stat = await file.stat()
    if (!stat.isFile()) return undefined
    const { buffer, bytesRead } = await file.read(Buffer.alloc(most), 0, most, 0)
    // A character that the limit cuts in two is left out.
    const text = new TextDecoder().decode(buffer.subarray(0, bytesRead), { stream: true }).replace(/^\uFEFF/, "")
    return stat.size > most ? `${text}\n[cut: only the first ${most} of ${stat.size} bytes are shown]` : text
  } catch {
    return undefined
  } finally {
    await file.close()
  }
}

interface Instructions {
  readonly name: string
  readonly text: string
}

const inFolder = async (folder: string): Promise<ReadonlyArray<Instructions>> => {
  for (const name of names) {
    const path = join(folder, name)
    const text = await readStart(path)
    if (text !== undefined) return text.trim() === "" ? [] : [{ name: path, text }]
  }
  return []
}

const collect = async (global: string, root: string): Promise<ReadonlyArray<Instructions>> => {
  const folders = [global, ...foldersDown(root).filter((folder) => folder !== global)]
  return (await Promise.all(folders.map(inFolder))).flat()
}

/** This machine. */
export const layer = (options: NodeHostOptions): Layer.Layer<Host> =>
  Layer.sync(Host, () => {
    const global = options.folder ?? paths().config
    return {
      platform: process.platform,
      home: options.home ?? homedir(),
      version: options.version,
      instructions: (root) => Effect.promise(() => collect(global, root))
    }
  })
