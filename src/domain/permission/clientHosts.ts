/** The hosts that a command names, where its program is one that connects. */
import type { Arg } from "./shellArgs.ts"

const clients: ReadonlySet<string> = new Set(
  "git curl wget http https xh ssh scp sftp rsync nc ncat netcat telnet ftp socat ping dig host nslookup getent whois traceroute aria2c".split(
    " "
  )
)

const remote = /^(?:[a-z][a-z0-9+.-]*:\/\/)(?:[^/@\s]*@)?(\[[^\]]+\]|[^/:?#\s]+)/i
const copied = /^(?:[\w.-]+@)?([\w-]+(?:\.[\w-]+)+):/

/** Hosts of addresses among the words of a program that connects; what can't be told is not among them. */
export const clientHosts = ([program, ...args]: ReadonlyArray<Arg>): ReadonlyArray<string> => {
  if (!clients.has(program?.text.slice(program.text.lastIndexOf("/") + 1) ?? "")) return []
  return args.flatMap(({ sure, text }) => {
    const host = remote.exec(text)?.[1] ?? copied.exec(text)?.[1]
    return sure && host !== undefined ? [host.toLowerCase()] : []
  })
}
