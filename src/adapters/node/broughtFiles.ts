/** The files of a folder that count only where the person has trusted them, read once and hashed together. */
import { createHash } from "node:crypto"
import { constants } from "node:fs"
import { open, readdir, realpath, stat } from "node:fs/promises"
import { join } from "node:path"
import type { TrustedFile } from "../../ports/Trust.ts"

/** What a folder brings. */
export interface Brought {
  readonly root: string
  readonly files: ReadonlyArray<TrustedFile>
  readonly hash: string
  readonly read: (path: string) => Uint8Array | undefined
}

/** Single files that change what is run, reached or allowed. AGENTS.md is not among them: it is only text for the model. */
const singles = ["code-mesh.toml", ".mcp.json"]

/** The folder of commands, agents, skills, hooks and settings. */
const folder = ".code-mesh"

/** Folders in it that hold no more than text for the model, or what can be made again. */
const plain: ReadonlySet<string> = new Set([`${folder}/knowledge`, `${folder}/cache`])

/** More than this nobody could have looked through. */
const most = { files: 2_000, bytes: 16 * 1024 * 1024 }

const codeOf = (error: unknown): string => (error instanceof Error && "code" in error ? String(error.code) : "")

const absent = new Set(["ENOENT", "ENOTDIR"])

/** A regular file's content, or none where there is none; pipes and devices are refused, as they have no content to trust. */
const contentOf = async (path: string, room: number): Promise<Uint8Array | undefined> => {
  // Opening a pipe would otherwise wait for somebody to write to it.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    if (absent.has(codeOf(error))) return undefined
    throw error
  })
  if (file === undefined) return undefined
  try {
    const found = await file.stat()
    if (!found.isFile()) throw new Error(`${path} is not a regular file`)
    if (found.size > room) throw new Error(`the folder brings more than ${most.bytes / 1024 / 1024} MiB of settings`)
    return await file.readFile()
  } finally {
    await file.close()
  }
}

/** Paths of all that is below a folder, links followed; a folder that is reached twice is looked at once. */
const namesBelow = async (root: string, below: string, seen: Set<string>): Promise<ReadonlyArray<string>> => {
  const real = await realpath(join(root, below)).catch(() => undefined)
  if (real === undefined || seen.has(real)) return []
  seen.add(real)
  const names = await readdir(real).catch((error: unknown) => {
    if (absent.has(codeOf(error))) return []
    throw error
  })
  const out: Array<string> = []
  for (const name of names.sort()) {
    const path = `${below}/${name}`
    if (plain.has(path)) continue
    const found = await stat(join(root, path)).catch(() => undefined)
    if (found?.isDirectory() === true) out.push(...(await namesBelow(root, path, seen)))
    else if (found !== undefined) out.push(path)
    if (out.length > most.files) throw new Error(`the folder brings more than ${most.files} files of settings`)
  }
  return out
}

const sha256 = (bytes: Uint8Array | string): string => createHash("sha256").update(bytes).digest("hex")

/** Looks at a folder; fails where it brings what cannot be looked at. */
export const broughtBy = async (given: string): Promise<Brought> => {
  const root = await realpath(given).catch((error: unknown) => {
    // A folder that is gone brings nothing.
    if (absent.has(codeOf(error))) return given
    throw error
  })
  const below = await stat(join(root, folder)).catch(() => undefined)
  const names = [...singles, ...(below?.isDirectory() === true ? await namesBelow(root, folder, new Set()) : [])]
  const contents = new Map<string, Uint8Array>()
  let room = most.bytes
  for (const name of names) {
    const bytes = await contentOf(join(root, name), room)
    if (bytes === undefined) continue
    room -= bytes.length
    contents.set(name, bytes)
  }
  const files = [...contents].map(([path, bytes]) => ({ path, hash: sha256(bytes) }))
  return {
    root,
    files,
    hash: sha256(JSON.stringify(files.map(({ hash, path }) => [path, hash]))),
    read: (path) => contents.get(path)
  }
}
