/** How paths are spelled and what they come to; the part of a workspace that is the same on every host. */
import { FileError } from "../../ports/Workspace.ts"

/** What a walk finds at an absolute path: nothing, a link and its text, or anything else. */
export type Found = { readonly link: string } | "missing" | "thing"

/** More links than this on one way are taken for a loop, as Linux does. */
const mostLinks = 40

/** A path's names, without empty ones and `.`; `..` is kept. */
export const namesOf = (path: string): ReadonlyArray<string> =>
  path.split("/").filter((name) => name !== "" && name !== ".")

/** An absolute path from its names. */
export const fromNames = (names: ReadonlyArray<string>): string => `/${names.join("/")}`

/** A directory's path and a path under it, as one. */
export const under = (directory: string, rest: string): string =>
  rest === "" ? directory : directory.endsWith("/") ? directory + rest : `${directory}/${rest}`

/** What is left of `path` under `directory` (`""` is itself), or nothing where it is elsewhere; both normal and absolute. */
export const within = (directory: string, path: string): string | undefined => {
  if (path === directory) return ""
  const prefix = directory.endsWith("/") ? directory : `${directory}/`
  return path.startsWith(prefix) ? path.slice(prefix.length) : undefined
}

/** The last name of a path. */
export const baseName = (path: string): string => path.slice(path.lastIndexOf("/") + 1)

/** The path without its last name. */
export const parentOf = (path: string): string => {
  const at = path.lastIndexOf("/")
  return at > 0 ? path.slice(0, at) : at === 0 ? "/" : ""
}

/** The absolute spelling of a path as a model wrote it: `~` is the home, a relative one is under the root. `..` stays. */
export const absolute = (path: string, root: string, home: string): string => {
  if (path === "~" || path.startsWith("~/")) return under(home, path.slice(2))
  return path.startsWith("/") ? path : under(root, path)
}

/** An absolute path without `.`, `..` and doubled slashes, links not looked at. */
export const normal = (path: string): string => {
  const names: Array<string> = []
  for (const name of namesOf(path)) {
    if (name === "..") names.pop()
    else names.push(name)
  }
  return fromNames(names)
}

/** Why a path cannot be one, if it cannot. */
export const unspeakable = (path: string): FileError | undefined =>
  path.includes("\0")
    ? new FileError({ kind: "other", path: path.replaceAll("\0", "\\0"), reason: "a path cannot hold a NUL byte" })
    : undefined

/**
 * The path with every link followed, `..` taken from where the links led. Past the first name that is missing, the
 * rest is taken as it is written.
 */
export const followLinks = (path: string, find: (real: string) => Found): string | FileError => {
  let real: Array<string> = []
  const rest = [...namesOf(path)].reverse()
  let links = 0
  for (let name = rest.pop(); name !== undefined; name = rest.pop()) {
    if (name === "..") {
      real.pop()
      continue
    }
    real.push(name)
    const found = find(fromNames(real))
    if (typeof found === "string") continue
    links += 1
    if (links > mostLinks) return new FileError({ kind: "loop", path, reason: "its links lead in a circle" })
    if (found.link.startsWith("/")) real = []
    else real.pop()
    rest.push(...[...namesOf(found.link)].reverse())
  }
  return fromNames(real)
}

/** The refusal of a path that a link leads out of the root, or elsewhere outside of it than it says. */
export const escaped = (path: string, real: string): FileError =>
  new FileError({
    kind: "escape",
    path,
    reason: `a link leads to ${real}, which is not in the project. If that file is meant, name it by this path`
  })

/** Code-unit order, the same on every host. */
export const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
