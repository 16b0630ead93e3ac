/**
 * Places that only another mount namespace has, by the name that the system gives them here: `/proc/PID/root/…`. Node
 * reads and writes there as anywhere else; programs that ask for their real name must be started inside.
 */
import * as fs from "node:fs"

/** A process in another mount namespace, what its root is called here, and a path as it is called there. */
export interface Elsewhere {
  readonly pid: string
  readonly prefix: string
  readonly path: string
}

const shape = /^(\/proc\/(\d+)\/root)(\/.*)$/

/** What a path of this shape stands for; nothing for a path of our own. */
export const elsewhere = (path: string): Elsewhere | undefined => {
  const [, prefix, pid, inner] = shape.exec(path) ?? []
  return prefix === undefined || pid === undefined || inner === undefined ? undefined : { pid, prefix, path: inner }
}

/** A path as the system names it once it is open: that of its own namespace. */
export const namedThere = (path: string): string => elsewhere(path)?.path ?? path

/** A path's real name, links followed, in the namespace that it names; throws where nothing is there. */
export const realElsewhere = ({ prefix, path }: Elsewhere): string => {
  const fd = fs.openSync(prefix + path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK)
  try {
    return prefix + fs.readlinkSync(`/proc/self/fd/${fd}`)
  } finally {
    fs.closeSync(fd)
  }
}

/** A program with its arguments, as what starts it in a process's namespaces, under the names it has there. */
export const startedIn = (
  nsenter: string,
  { pid }: Elsewhere,
  command: ReadonlyArray<string>
): ReadonlyArray<string> => [
  ...[nsenter, "--preserve-credentials", "--user", "--mount", "--target", pid, "--"],
  ...command
]
