/** The catalog of models that was fetched last, in the cache folder. */
import { randomUUID } from "node:crypto"
import { readFile, rename, unlink, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { ensureFolder } from "./folders.ts"

const fileIn = (cache: string): string => join(cache, "models.txt")

/** The catalog that was fetched last, as text; nothing where none was, or where it cannot be read. */
export const readCatalog = (cache: string): Promise<string | undefined> =>
  readFile(fileIn(cache), "utf8").catch(() => undefined)

/** Keeps a catalog in place of the one before, which stays whole until then. */
export const writeCatalog = async (cache: string, text: string): Promise<void> => {
  ensureFolder(cache)
  const fresh = `${fileIn(cache)}.${randomUUID()}`
  try {
    await writeFile(fresh, text)
    await rename(fresh, fileIn(cache))
  } catch (error) {
    await unlink(fresh).catch(() => undefined)
    throw error
  }
}
