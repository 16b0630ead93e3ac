/** A small file that only its owner may read, changed by one process at a time, and never seen half written. */
import { randomUUID } from "node:crypto"
import { constants } from "node:fs"
import { chmod, link, open, readFile, realpath, rename, stat, unlink } from "node:fs/promises"
import { dirname } from "node:path"
import { ensureFolder } from "./folders.ts"

const codeOf = (error: unknown): string => (error instanceof Error && "code" in error ? String(error.code) : "")

/** The error's code, such as `EACCES`, or its message. */
export const whyNot = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** The file behind a link, so that a link that somebody made stays one. */
const target = async (path: string): Promise<string> => {
  try {
    return await realpath(path)
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error
    return path
  }
}

/** A secret file's text, and whether others could have read it until now. */
export interface SecretText {
  readonly text: string
  readonly wasOpen: boolean
}

/** Reads the file, taking away the rights of others; nothing where there is none. */
export const readSecret = async (path: string): Promise<SecretText | undefined> => {
  try {
    const { mode } = await stat(path)
    const wasOpen = process.platform !== "win32" && (mode & 0o077) !== 0
    if (wasOpen) await chmod(path, 0o600)
    return { text: await readFile(path, "utf8"), wasOpen }
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined
    throw error
  }
}

const writeWhole = async (path: string, text: string): Promise<void> => {
  const file = await open(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600)
  try {
    await file.writeFile(text, "utf8")
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Replaces the file in one step, by one that had mode 0600 before it had content. */
export const writeSecret = async (path: string, text: string): Promise<void> => {
  const real = await target(path)
  ensureFolder(dirname(real), 0o700)
  const temporary = `${real}.${process.pid}.${randomUUID()}.tmp`
  try {
    await writeWhole(temporary, text)
    await rename(temporary, real)
  } catch (error) {
    await unlink(temporary).catch(() => undefined)
    throw error
  }
}

/** Milliseconds after which a lock is taken for forgotten: nobody holds one for longer than a write takes. */
const forgotten = 10_000

const age = async (path: string): Promise<number> => {
  try {
    return Date.now() - (await stat(path)).mtimeMs
  } catch (error) {
    if (codeOf(error) === "ENOENT") return 0
    throw error
  }
}

/** Makes the file where there is none; no moment in between, in which it were there without its text. */
const create = async (path: string, text: string): Promise<boolean> => {
  const whole = `${path}.${process.pid}.${randomUUID()}.tmp`
  try {
    await writeWhole(whole, text)
    await link(whole, path).catch((error: unknown) => {
      // A file system without hard links: a writer that dies in the middle is waited for.
      if (codeOf(error) === "EEXIST" || codeOf(error) === "ENOENT") throw error
      return writeWhole(path, text)
    })
    return true
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false
    throw error
  } finally {
    await remove(whole)
  }
}

const read = (path: string): Promise<string> => readFile(path, "utf8").catch(() => "")

const remove = (path: string): Promise<void> => unlink(path).catch(() => undefined)

/**
 * Removes a lock whose holder is gone. Only who holds the second lock may do so, and only while the first still is the
 * one that was found dead; else a process could remove the fresh lock of another.
 */
const breakLock = async (path: string, dead: string): Promise<void> => {
  const breaking = `${path}.break`
  if (!(await create(breaking, dead))) {
    if ((await age(breaking)) > forgotten) await remove(breaking)
    return
  }
  if ((await read(path)) === dead) await remove(path)
  await remove(breaking)
}

/** One try to take a lock: its release, or nothing while somebody has it. `isDead` judges by the text of the holder. */
export const tryLock = async (
  path: string,
  holder: string,
  isDead: (holder: string) => boolean
): Promise<(() => Promise<void>) | undefined> => {
  ensureFolder(dirname(path), 0o700)
  const mine = `${holder}\n${randomUUID()}`
  const release = async () => ((await read(path)) === mine ? remove(path) : undefined)
  if (await create(path, mine)) return release
  const theirs = await read(path)
  // A lock without a text is being written where there are no hard links, or its writer died at that very moment.
  const isOver = theirs === "" ? (await age(path)) > forgotten : isDead(theirs.split("\n", 1)[0] ?? "")
  if (!isOver) return undefined
  await breakLock(path, theirs)
  return (await create(path, mine)) ? release : undefined
}
