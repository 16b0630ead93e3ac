/** What the program takes from the process that it runs in. */
import type { Readable, Writable } from "node:stream"

/**
 * A process as the program sees it: its words, environment, folder, streams and signals. Node's own is one; tests give
 * another, so that a thousand runs need no thousand processes.
 */
export interface HostProcess {
  readonly argv: ReadonlyArray<string>
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: () => string
  /** Seconds since it began. */
  readonly uptime: () => number
  readonly stdin: Readable & { readonly isTTY?: boolean; readonly setRawMode?: unknown }
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number }
  readonly stderr: Writable & { readonly isTTY?: boolean }
  readonly on: (signal: string, handle: () => void) => unknown
  /** Ends it with this code. */
  readonly exit: (code: number) => void
}
