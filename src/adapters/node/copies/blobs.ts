/** Contents by their SHA-256 in the data folder: in the open, or sealed under names that say nothing of them. */
import * as fs from "node:fs"
import { dirname } from "node:path"
import type * as Effect from "effect/Effect"
import { FileError } from "../../../ports/Workspace.ts"
import type { BlobStore } from "../../shared/copies/held.ts"
import { errnoOf } from "../files.ts"
import { type Box, type ContentSealing, openContents, sealedBy } from "./contentSealing.ts"
import { attempt, createFile, fresh, inUse, makeFolder, sha256 } from "./own.ts"
import { type PackWriter, packsIn } from "./packs.ts"

/** A blob store on this disk. */
export interface DiskBlobs extends BlobStore {
  /** A file that holds a kept content; nothing where it is sealed, so that only `bytes` has it. */
  readonly fileOf: (hash: string) => string | undefined
  readonly has: (hash: string) => boolean
  /** Whether a content is kept as new ones are: sealed where that is wanted. */
  readonly isSettled: (hash: string) => boolean
  readonly bytes: (hash: string) => Uint8Array
  /** Keeps many small contents in one file. */
  readonly pack: () => PackWriter
  /** Keeps bytes whose hash is known. */
  readonly keep: (hash: string, bytes: Uint8Array) => void
  /** Keeps a file's content by copying it, shared where the file system can. */
  readonly keepFile: (hash: string, path: string) => void
}

const hashShape = /^[0-9a-f]{64}$/

/** Where what is sealed with a key is. */
export const sealedFolder = (dataDir: string, id: string): string => `${dataDir}/sealed/${id}`

/** Whether anything in a data folder is sealed, with whatever key. */
export const hasSealed = (dataDir: string): boolean => fs.existsSync(`${dataDir}/sealed`)

/** What a data folder holds of contents that is not sealed: those kept so, and copies that commands work in. */
export const inTheOpen = (dataDir: string): ReadonlyArray<"contents" | "copies"> => {
  const copies = fs.existsSync(`${dataDir}/copies`) ? fs.readdirSync(`${dataDir}/copies`) : []
  const trees = ["tree", "over", "upper"]
  const shown = (name: string) => trees.some((part) => fs.existsSync(`${dataDir}/copies/${name}/${part}`))
  return [
    ...(["blobs", "packs"].some((part) => fs.existsSync(`${dataDir}/${part}`)) ? ["contents" as const] : []),
    ...(fs.existsSync(`${dataDir}/snapshots`) || copies.some(shown) ? ["copies" as const] : [])
  ]
}

const sizeAt = (path: string): number | undefined => fs.statSync(path, { throwIfNoEntry: false })?.size

/** How contents stand in a folder: as they are, or sealed by a box. */
const contentsIn = (folder: string, box?: Box) => {
  const folders = new Set<string>()
  const packs = packsIn(`${folder}/packs`)
  const nameOf = (hash: string): string => {
    if (!hashShape.test(hash)) throw new FileError({ kind: "missing", path: hash, reason: "it is no content's name" })
    return box === undefined ? hash : box.nameOf(hash)
  }
  const pathOf = (name: string): string => `${folder}/blobs/${name.slice(0, 2)}/${name.slice(2)}`
  const shut = (bytes: Uint8Array, name: string): Uint8Array => (box === undefined ? bytes : box.seal(bytes, name))
  const place = (name: string, size: number, fill: (temporary: string) => void): void => {
    const path = pathOf(name)
    // One that a power cut left torn is not taken for whole.
    if (inUse(path) && sizeAt(path) === size + (box === undefined ? 0 : sealedBy)) return
    const at = dirname(path)
    if (!folders.has(at)) makeFolder(at)
    folders.add(at)
    const temporary = `${at}/${fresh()}`
    try {
      fill(temporary)
      fs.renameSync(temporary, path)
    } catch (cause) {
      fs.rmSync(temporary, { force: true })
      throw cause
    }
  }
  const stored = (name: string): Uint8Array | undefined => {
    try {
      return new Uint8Array(fs.readFileSync(pathOf(name)))
    } catch (cause) {
      if (errnoOf(cause) !== "ENOENT") throw cause
    }
    return packs.get(name)
  }
  const copied = (from: string, to: string): void => {
    fs.copyFileSync(from, to, fs.constants.COPYFILE_FICLONE | fs.constants.COPYFILE_EXCL)
    fs.chmodSync(to, 0o600)
  }
  const packed = (writer: PackWriter): PackWriter => ({
    ...writer,
    keep: (hash, bytes) => {
      const name = nameOf(hash)
      if (box === undefined || !packs.has(name)) writer.keep(name, shut(bytes, name))
    }
  })
  return {
    has: (hash: string): boolean => {
      const name = nameOf(hash)
      return packs.has(name) || inUse(pathOf(name))
    },
    find: (hash: string): Uint8Array | undefined => {
      const name = nameOf(hash)
      const bytes = stored(name)
      return bytes === undefined || box === undefined ? bytes : new Uint8Array(box.open(bytes, name))
    },
    keep: (hash: string, bytes: Uint8Array): void => {
      const name = nameOf(hash)
      place(name, bytes.length, (at) => createFile(at, shut(bytes, name), 0o600))
    },
    keepFile: (hash: string, path: string): void => {
      const name = nameOf(hash)
      place(name, fs.statSync(path).size, (at) => (box === undefined ? copied(path, at) : box.sealFile(path, at, name)))
    },
    pack: (): PackWriter => packed(packs.writer(fresh().slice(1, -4))),
    fileOf: (hash: string): string => pathOf(nameOf(hash))
  }
}
type Contents = ReturnType<typeof contentsIn>

/** The blob store in a data folder. Nothing is made there before the first content. */
export const diskBlobs = (dataDir: string, sealing: ContentSealing = openContents): DiskBlobs => {
  const plain = contentsIn(dataDir)
  let known: Contents | undefined
  const behind = (box: Box): Contents => {
    known ??= contentsIn(sealedFolder(dataDir, box.id), box)
    return known
  }
  /** Where new contents go. */
  const into = (): Contents => (sealing.wanted ? behind(sealing.need()) : plain)
  const other = (): Contents | undefined => {
    if (sealing.wanted) return plain
    const box = sealing.box()
    return box === undefined ? undefined : behind(box)
  }
  const bytesOf = (hash: string): Uint8Array => {
    const found = into().find(hash) ?? other()?.find(hash)
    if (found !== undefined) return found
    if (sealing.box() === undefined && hasSealed(dataDir)) sealing.need()
    throw new FileError({ kind: "missing", path: `blobs/${hash}`, reason: "this content was not kept" })
  }
  const keep = (hash: string, bytes: Uint8Array): void => into().keep(hash, bytes)
  return {
    keep,
    has: (hash) => into().has(hash) || other()?.has(hash) === true,
    isSettled: (hash) => into().has(hash),
    bytes: bytesOf,
    pack: () => into().pack(),
    fileOf: (hash) => {
      if (sealing.wanted) return undefined
      const path = plain.fileOf(hash)
      if (!fs.existsSync(path)) keep(hash, bytesOf(hash))
      return path
    },
    keepFile: (hash, path) => into().keepFile(hash, path),
    put: (bytes) =>
      attempt(`${dataDir}/blobs`, () => {
        const hash = sha256(bytes)
        keep(hash, bytes)
        return hash
      }),
    get: (hash): Effect.Effect<Uint8Array, FileError> => attempt(`blobs/${hash}`, () => bytesOf(hash))
  }
}
