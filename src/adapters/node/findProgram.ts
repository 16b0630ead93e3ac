/** Finds programs for ourselves: never in the project, which may have planted one, and never by a relative folder. */
import { accessSync, constants, existsSync, realpathSync, statSync } from "node:fs"
import { homedir } from "node:os"
import { delimiter, dirname, isAbsolute, join, resolve, sep } from "node:path"

const real = (path: string): string => {
  try {
    return realpathSync(path)
  } catch {
    return resolve(path)
  }
}

const within = (folder: string, path: string): boolean =>
  path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`)

/** The repository that a folder belongs to, or the folder itself. */
const repositoryOf = (folder: string): string => {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, ".git"))) return at
    if (dirname(at) === at) return folder
  }
}

/** The folders whose programs are the project's. Those of a home folder are the person's own, even where it is the project. */
const projectFolders = (project: string): ReadonlyArray<string> => {
  const root = real(project)
  const home = real(homedir())
  return [root, repositoryOf(root)].filter((folder) => !within(folder, home))
}

/** A search path without relative folders and without those of the project. */
export const outsideProject = (search: string, project: string): string => {
  const folders = projectFolders(project)
  return search
    .split(delimiter)
    .filter((folder) => isAbsolute(folder) && !folders.some((one) => within(one, real(folder))))
    .join(delimiter)
}

const runs = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** The program of this name on a search path, outside the project: also not by a link that leads into it. */
export const findProgram = (name: string, search: string, project: string): string | undefined => {
  const folders = projectFolders(project)
  return outsideProject(search, project)
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, name))
    .find((path) => runs(path) && !folders.some((one) => within(one, real(path))))
}
