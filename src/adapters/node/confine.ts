/** What one command's sandbox is made of, found on the disk as it is now. */
import * as fs from "node:fs"
import * as path from "node:path"
import { guardedFiles, guardedFolders } from "../../domain/permission/protected.ts"
import type { ShellRequest } from "../../ports/Shell.ts"
import type { Sandbox, View } from "./bubblewrap.ts"
import { elsewhere, realElsewhere } from "./elsewhere.ts"
import { gitPlaces, nestedGits } from "./gitPlaces.ts"
import { secretFiles, secretFolders, secretPlaces } from "./homeSecrets.ts"
import type { Seatbelt } from "./seatbelt.ts"

/** What is known of the machine, beside what the request says. */
export interface Surroundings {
  readonly home: string
  /** Folders of our own. */
  readonly hidden: ReadonlyArray<string>
  readonly emptyFile: string
  /** Where programs are looked for, in one text. */
  readonly search: string
}

const kindOf = (file: string): "folder" | "file" | undefined => {
  const stat = fs.lstatSync(file, { throwIfNoEntry: false })
  return stat?.isDirectory() ? "folder" : stat?.isFile() ? "file" : undefined
}

const real = (file: string): string | undefined => {
  try {
    const there = elsewhere(file)
    return there === undefined ? fs.realpathSync(file) : realElsewhere(there)
  } catch {
    return undefined
  }
}

/** Whether a path is a folder or lies in it. */
export const within = (folder: string, file: string): boolean =>
  file === folder || file.startsWith(folder.endsWith("/") ? folder : `${folder}/`)

const hiddenPlaces = ({ hidden, home }: Surroundings, seen: (place: string) => boolean) => {
  const places = [...secretFolders, ...secretFiles].map((name) => path.join(home, name))
  const found = [...new Set([...places, ...secretPlaces, ...hidden].flatMap((place) => real(place) ?? []))].filter(seen)
  return {
    hiddenFolders: found.filter((place) => kindOf(place) === "folder"),
    hiddenFiles: found.filter((place) => kindOf(place) === "file")
  }
}

/** Guarded names that the copy has, as it has them. */
const guarded = (from: string, to: string): Sandbox["readOnly"] =>
  [...guardedFolders, ...guardedFiles]
    .filter((name) => name !== ".git" && kindOf(path.join(from, name)) !== undefined)
    .map((name) => ({ from: path.join(from, name), to: path.join(to, name) }))

/** The folders between a project and what lies in it, outermost first. */
const between = (root: string, place: string): ReadonlyArray<string> => {
  const parent = path.dirname(place)
  return parent === root || !within(root, parent) ? [] : [...between(root, parent), parent]
}

/** The repositories' own folders, real ones at their real place. */
const repositories = (from: string, to: string): Pick<Sandbox, "fixed" | "readOnly"> => {
  // What a copy has of repositories inside it is empty, and goes nowhere.
  const nested = from === to ? nestedGits(to) : []
  return {
    fixed: [...new Set(nested.flatMap((place) => between(to, place)))]
      .filter((it) => !within(path.join(to, ".git"), it))
      .map((it) => ({ from: it, to: it })),
    readOnly: [...gitPlaces(to), ...nested].map((place) => ({ from: place, to: place }))
  }
}

/** Files of the copy that are to be seen empty, and the folders above them, which then can't be moved away. */
const covers = (from: string, to: string, files: ReadonlyArray<string>): Pick<Sandbox, "fixed" | "covered"> => {
  const inCopy = (place: string) => path.join(from, path.relative(to, place))
  const covered = files.filter((place) => within(to, place) && isPlain(inCopy(place)))
  const above = new Set(covered.flatMap((place) => between(to, place)))
  return { covered, fixed: [...above].map((place) => ({ from: inCopy(place), to: place })) }
}

/** Whether a file stands where its name says: what is covered behind a link would be another one. */
const isPlain = (file: string): boolean => kindOf(file) === "file" && real(file) === file

/** Paths of the real tree at their place, where the copy has a folder to show them in. */
const shown = (from: string, to: string, paths: ReadonlyArray<string>): Sandbox["readOnly"] =>
  paths
    .map((name) => path.resolve(to, name))
    .filter((place) => fs.existsSync(place))
    .filter(
      (place) => !within(to, place) || kindOf(path.join(from, path.dirname(path.relative(to, place)))) === "folder"
    )
    .map((place) => ({ from: place, to: place }))

/** Name resolution may need a file under `/run`, which is hidden otherwise. */
const resolver = (network: boolean): Sandbox["readOnly"] => {
  const place = network ? real("/etc/resolv.conf") : undefined
  return place?.startsWith("/run/") ? [{ from: place, to: place }] : []
}

const systemFolders = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/opt", "/nix/store"]

/** Folders under the home directory that hold programs and nothing of a person's. */
const toolchains = [
  ...[".nvm/versions", ".local/share/fnm", ".local/share/mise", ".volta/bin", ".volta/tools", ".bun/bin", ".deno/bin"],
  ...[".rustup", ".cargo/bin", ".pyenv", ".asdf", ".sdkman/candidates", "go/bin", ".local/bin"]
]

/** Where a program's own files are: beside `bin`, unless that would show half of the home directory. */
const installed = (folder: string, home: string): string => {
  const parent = path.dirname(folder)
  const deep = !within(home, parent) || path.relative(home, parent).split("/").length > 1
  return path.basename(folder) === "bin" && deep && kindOf(path.join(parent, "lib")) === "folder" ? parent : folder
}

/** The system and its programs: what is left of the disk in `strict`. */
const strictView = ({ home, search }: Surroundings, to: string): View => {
  const links = systemFolders.flatMap((at) => {
    const link = fs.lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink() === true
    return link ? [{ at, to: fs.readlinkSync(at) }] : []
  })
  const folders = systemFolders.filter((folder) => kindOf(folder) === "folder")
  const programs = [
    ...toolchains.map((name) => path.join(home, name)),
    ...[path.dirname(process.execPath), ...search.split(":")].filter(path.isAbsolute).map((it) => installed(it, home))
  ].flatMap((place) => real(place) ?? [])
  const wanted = [...new Set(programs)].filter(
    (place) => kindOf(place) === "folder" && !within(place, home) && !within(place, to) && !within(to, place)
  )
  return { links, folders: [...folders, ...wanted.filter((it) => !folders.some((one) => within(one, it)))], home }
}

/** What `sandbox-exec` is told for one command. */
export const seatbeltOf = (request: ShellRequest, around: Surroundings): Seatbelt => {
  const { from, to } = mountOf(request)
  const { hiddenFiles, hiddenFolders } = hiddenPlaces(around, () => true)
  const { covered } = covers(from, to, request.hidden ?? [])
  const strict = request.sandbox === "strict"
  return {
    copy: from,
    home: real(around.home) ?? around.home,
    // There is no way to hold a command to some hosts there, so that a list is none.
    network: request.network === true && !strict,
    ...(strict ? { strict: { programs: strictView(around, from).folders } } : {}),
    hidden: [
      ...[...hiddenFolders, ...hiddenFiles].filter((place) => !within(place, from)),
      ...covered.map((place) => path.join(from, path.relative(to, place)))
    ],
    guarded: [...guardedFolders, ...guardedFiles]
  }
}

/** The copy, and where a command sees it. */
const mountOf = ({ cwd, mount = { from: cwd, to: cwd } }: ShellRequest) => ({
  from: real(mount.from) ?? mount.from,
  to: mount.from === mount.to ? (real(mount.to) ?? mount.to) : mount.to
})

/** All that bubblewrap is told for one command. `open`: the command shares the host's network. */
export const sandboxOf = (request: ShellRequest, around: Surroundings, open: boolean): Sandbox => {
  const { from, to } = mountOf(request)
  if (from === "/" || to === "/")
    throw new Error("a sandbox cannot hold the whole disk as its project; work in a folder")
  const cwd = real(request.cwd) ?? request.cwd
  const view = request.sandbox === "strict" ? strictView(around, to) : undefined
  const seen = (place: string) => [to, ...(view?.folders ?? ["/"])].some((folder) => within(folder, place))
  const hiding = hiddenPlaces(around, seen)
  const secret = (place: string) => [...hiding.hiddenFolders, ...hiding.hiddenFiles].some((it) => within(it, place))
  const { fixed, readOnly } = repositories(from, to)
  const hidden = covers(from, to, request.hidden ?? [])
  const own = [...guarded(from, to).filter((it) => !secret(it.to)), ...readOnly]
  return {
    from,
    to,
    cwd: within(from, cwd) ? path.join(to, path.relative(from, cwd)) : request.cwd,
    network: open,
    ...(view === undefined ? {} : { view }),
    ...hiding,
    emptyFile: around.emptyFile,
    covered: hidden.covered,
    fixed: [...fixed, ...hidden.fixed],
    readOnly: [...resolver(open), ...shown(from, to, request.readOnly ?? []), ...own],
    // A link of such a name leads to what is read-only or to the copy; it is looked at again when the command has ended.
    missing: guardedFolders
      .filter((name) => fs.lstatSync(path.join(from, name), { throwIfNoEntry: false }) === undefined)
      .map((name) => path.join(to, name))
      .filter((place) => !own.some((it) => it.to === place))
  }
}

const linkText = (file: string): string | undefined => {
  try {
    return fs.readlinkSync(file)
  } catch {
    return undefined
  }
}

/** Notes the guarded names of a copy; the answer takes away what a command made of them since, and names it. */
export const watchGuarded = (request: ShellRequest): (() => ReadonlyArray<string>) => {
  const { from } = mountOf(request)
  const names = [...guardedFolders, ...guardedFiles]
  const free = names.filter((name) => kindOf(path.join(from, name)) === undefined)
  const before = new Map(free.map((name) => [name, linkText(path.join(from, name))]))
  return () =>
    free.flatMap((name) => {
      const place = path.join(from, name)
      const kind = kindOf(place)
      const link = before.get(name)
      if (kind === undefined && linkText(place) === link) return []
      // The place of an empty folder that stood for a missing one.
      if (kind === "folder" && guardedFolders.includes(name) && fs.readdirSync(place).length === 0) {
        fs.rmdirSync(place)
        return []
      }
      fs.rmSync(place, { recursive: true, force: true })
      if (link !== undefined) fs.symlinkSync(link, place)
      return [name]
    })
}
