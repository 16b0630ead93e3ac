/** Many small contents in one file: freezing a whole tree makes one file in the data folder and not thousands. */
import * as fs from "node:fs"
import { inUse, makeFolder, replaceOwn, writeAll } from "./own.ts"

/** Where a content is: in which pack, from which byte, how many bytes. */
interface Spot {
  readonly pack: string
  readonly at: number
  readonly size: number
}

/** A pack under way. Its contents can be read once it is closed. */
export interface PackWriter {
  readonly keep: (hash: string, bytes: Uint8Array) => void
  readonly close: () => void
  /** Forgets the pack. */
  readonly abandon: () => void
}

/** The packs of a data folder. */
export interface Packs {
  readonly has: (hash: string) => boolean
  readonly get: (hash: string) => Uint8Array | undefined
  readonly writer: (name: string) => PackWriter
}

/** Milliseconds after which a pack is said to be in use again: a small part of what an unused one is kept for. */
const refresh = 60 * 60 * 1000

/** Bytes gathered before they are written. */
const chunk = 1 << 20

const slice = (file: string, { at, size }: Spot): Uint8Array => {
  const bytes = new Uint8Array(size)
  const fd = fs.openSync(file, fs.constants.O_RDONLY)
  try {
    for (let got = 0; got < size; ) {
      const more = fs.readSync(fd, bytes, got, size - got, at + got)
      if (more === 0) throw new Error(`${file} is shorter than its index says`)
      got += more
    }
  } finally {
    fs.closeSync(fd)
  }
  return bytes
}

/** The contents that a pack's index names. */
export const indexed = (
  path: string
): ReadonlyArray<{ readonly hash: string; readonly at: number; readonly size: number }> =>
  fs
    .readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [hash = "", at, size] = line.split(" ")
      return { hash, at: Number(at), size: Number(size) }
    })

/** The packs in a folder; nothing is read before the first question. */
export const packsIn = (folder: string): Packs => {
  const spots = new Map<string, Spot>()
  const seen = new Set<string>()
  const load = (): void => {
    const names = fs.existsSync(folder) ? fs.readdirSync(folder) : []
    for (const name of names) {
      if (!name.endsWith(".index") || seen.has(name)) continue
      seen.add(name)
      const pack = name.slice(0, -".index".length)
      for (const { at, hash, size } of indexed(`${folder}/${name}`)) spots.set(hash, { pack, at, size })
    }
  }
  const used = new Map<string, number>()
  /** Whether a known pack has this content and is there still. */
  const holds = (hash: string): boolean => {
    const pack = spots.get(hash)?.pack
    if (pack === undefined) return false
    if (Date.now() - (used.get(pack) ?? 0) < refresh) return true
    used.set(pack, Date.now())
    if (inUse(`${folder}/${pack}.index`)) return true
    for (const [known, spot] of spots) if (spot.pack === pack) spots.delete(known)
    return false
  }
  const find = (hash: string): Spot | undefined => {
    if (!spots.has(hash)) load()
    return spots.get(hash)
  }
  const writer = (pack: string): PackWriter => {
    load()
    const mine = new Map<string, Spot>()
    let fd: number | undefined
    let end = 0
    let waiting: Array<Uint8Array> = []
    let bytesWaiting = 0
    const flush = (): void => {
      if (bytesWaiting === 0) return
      makeFolder(folder)
      fd ??= fs.openSync(`${folder}/${pack}.pack`, "wx", 0o600)
      writeAll(fd, Buffer.concat(waiting))
      waiting = []
      bytesWaiting = 0
    }
    const shut = (): void => {
      if (fd !== undefined) fs.closeSync(fd)
      fd = undefined
    }
    return {
      keep: (hash, bytes) => {
        if (mine.has(hash) || holds(hash)) return
        mine.set(hash, { pack, at: end, size: bytes.length })
        end += bytes.length
        waiting.push(bytes)
        bytesWaiting += bytes.length
        if (bytesWaiting >= chunk) flush()
      },
      close: () => {
        flush()
        shut()
        if (mine.size === 0) return
        // Empty contents alone make no pack file, but the index may name one.
        makeFolder(folder)
        if (!fs.existsSync(`${folder}/${pack}.pack`)) fs.closeSync(fs.openSync(`${folder}/${pack}.pack`, "wx", 0o600))
        const lines = [...mine].map(([hash, { at, size }]) => `${hash} ${at} ${size}`)
        replaceOwn(`${folder}/${pack}.index`, Buffer.from(lines.join("\n")))
        seen.add(`${pack}.index`)
        for (const [hash, spot] of mine) spots.set(hash, spot)
      },
      abandon: () => {
        shut()
        fs.rmSync(`${folder}/${pack}.pack`, { force: true })
      }
    }
  }
  return {
    // A question about many hashes must not list the folder for each that is new.
    has: holds,
    get: (hash) => {
      const spot = find(hash)
      return spot === undefined ? undefined : slice(`${folder}/${spot.pack}.pack`, spot)
    },
    writer
  }
}
