/** Where a project's repositories keep what makes git run something: shown to commands, never writable. */
import * as fs from "node:fs"
import * as path from "node:path"

const textOf = (file: string): string | undefined => {
  try {
    return fs.readFileSync(file, "utf8")
  } catch {
    return undefined
  }
}

const isFolder = (file: string): boolean => fs.statSync(file, { throwIfNoEntry: false })?.isDirectory() === true

/** The folder that a `.git` file of a worktree or of a submodule names. */
const namedBy = (entry: string): string | undefined => {
  const named = /^gitdir: (.+?)\s*$/.exec(textOf(entry) ?? "")?.[1]
  return named === undefined ? undefined : path.resolve(path.dirname(entry), named)
}

/** Folders that a repository's folder names: that of the worktrees' common part, and other stores of objects. */
const commonOf = (folder: string): ReadonlyArray<string> => {
  const common = textOf(path.join(folder, "commondir"))?.trim()
  const home = common === undefined ? folder : path.resolve(folder, common)
  const others = textOf(path.join(home, "objects/info/alternates"))?.split("\n") ?? []
  return [home, ...others.flatMap((line) => (line === "" ? [] : [path.resolve(home, "objects", line)]))]
}

/** The entry itself and every folder of the repository that it leads to. */
const placesOf = (entry: string): ReadonlyArray<string> => {
  const folder = isFolder(entry) ? entry : namedBy(entry)
  const all = [entry, ...(folder === undefined ? [] : [folder, ...commonOf(folder)])]
  return [...new Set(all)].filter((place) => fs.existsSync(place))
}

const upwards = (root: string): ReadonlyArray<string> => {
  const entry = path.join(root, ".git")
  if (fs.existsSync(entry)) return [entry]
  return path.dirname(root) === root ? [] : upwards(path.dirname(root))
}

/** All that belongs to the repository that a folder is in. */
export const gitPlaces = (root: string): ReadonlyArray<string> => upwards(root).flatMap(placesOf)

/** No more folders than this are looked into for repositories inside a project. */
const mostFolders = 3000
const heavy = new Set([".git", "node_modules"])

/** Repositories inside a project, such as submodules, as far as the nearest few thousand folders show them. */
export const nestedGits = (root: string): ReadonlyArray<string> => {
  const found: Array<string> = []
  const waiting = [root]
  for (let seen = 0; seen < mostFolders; seen++) {
    const folder = waiting.shift()
    if (folder === undefined) break
    let entries: ReadonlyArray<fs.Dirent> = []
    try {
      entries = fs.readdirSync(folder, { withFileTypes: true })
    } catch {
      // A folder that we cannot read is none that a command of ours can write to.
    }
    if (folder !== root && entries.some(({ name }) => name === ".git"))
      found.push(...placesOf(path.join(folder, ".git")))
    for (const entry of entries)
      if (entry.isDirectory() && !heavy.has(entry.name)) waiting.push(path.join(folder, entry.name))
  }
  return found
}
