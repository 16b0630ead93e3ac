/** A PostgreSQL server of a test's own, from Debian's package: on a free loopback port, gone with the test, whatever ends it. */
import { execFile, spawn } from "node:child_process"
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"

const run = promisify(execFile)

const packages = "/usr/lib/postgresql"
const versions = existsSync(packages) ? readdirSync(packages).sort((a, b) => Number(b) - Number(a)) : []
const bin = versions.map((version) => `${packages}/${version}/bin`).find((path) => existsSync(`${path}/initdb`))

/** True where no PostgreSQL is installed: tests that need one are then skipped, by name. */
export const postgresMissing = bin === undefined

/** The superuser's password: no error and no output of ours may show it. */
export const password = "hush-hush-42"

/** A server that is running. */
export interface Postgres {
  readonly port: number
  /** Makes an empty database and answers its URL, password and all. */
  readonly fresh: () => Promise<string>
  /** Runs a statement in the database of a URL, as `psql` would print it: a row a line, columns by `|`. */
  readonly sql: (url: string, statement: string) => Promise<string>
  /** Ends the server as a crash of it would, or as its owner would who waits for nobody; its data stay. */
  readonly stop: (how?: "crash" | "fast") => Promise<void>
  /** Starts it again on the same port with the same data. */
  readonly start: () => Promise<void>
  /** Ends it and removes its data. */
  readonly end: () => Promise<void>
}

/** PostgreSQL refuses to run as root. */
const owner = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0))
    })
  })

/**
 * What is committed is safe from a crash of the server, though not from a power cut; a client that vanished without a
 * word is noticed within seconds, as docs/user.md asks for in earnest.
 */
const settings: Readonly<Record<string, string | number>> = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  fsync: "off",
  full_page_writes: "off",
  shared_buffers: "16MB",
  max_connections: 200,
  autovacuum: "off",
  jit: "off",
  tcp_keepalives_idle: 5,
  tcp_keepalives_interval: 2,
  tcp_keepalives_count: 3,
  tcp_user_timeout: 10_000
}

/**
 * Runs the server as its own child and ends it when its standard input does, which the end of the test's process is as
 * well. The word `keep` or `crash` before that leaves the data.
 */
const keeper = `
bin=$1; folder=$2; shift 2
"$bin/postgres" -D "$folder/data" "$@" >> "$folder/log" 2>&1 < /dev/null &
server=$!
word=end; read -r word || word=end
if [ "$word" = crash ]; then kill -QUIT $server; else kill -INT $server; fi
wait $server
case "$word" in keep|crash) ;; *) rm -rf "$folder" ;; esac
`

const serve = (programs: string, folder: string, port: number) => {
  const args = Object.entries({ ...settings, port }).flatMap(([name, value]) => ["-c", `${name}=${value}`])
  const child = spawn("sh", ["-c", keeper, "sh", programs, folder, ...args], {
    ...{ ...owner, detached: true, cwd: folder },
    stdio: ["pipe", "ignore", "ignore"]
  })
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()))
  child.stdin.on("error", () => undefined)
  // The test's process waits for none of this: its end ends the server.
  child.unref()
  return {
    end: async (word: string) => {
      child.ref()
      child.stdin.end(`${word}\n`)
      await ended
    }
  }
}

const urlOf = (port: number, database: string): string =>
  `postgresql://postgres:${password}@127.0.0.1:${port}/${database}`

const sqlWith =
  (programs: string) =>
  async (url: string, statement: string): Promise<string> => {
    const args = ["--no-psqlrc", "-qAt", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", statement]
    const { stdout } = await run(`${programs}/psql`, args, { timeout: 60_000 })
    return stdout.trim()
  }

const untilReady = async (ask: () => Promise<string>, tries = 200): Promise<void> => {
  try {
    await ask()
  } catch (cause) {
    if (tries === 0) throw cause
    await new Promise((resolve) => setTimeout(resolve, 50))
    await untilReady(ask, tries - 1)
  }
}

/** Makes and starts a server: about a second. `end` it when the tests are done. */
export const startPostgres = async (): Promise<Postgres> => {
  if (bin === undefined) throw new Error("PostgreSQL is not installed")
  const folder = mkdtempSync(join(tmpdir(), "code-mesh-pg-"))
  if (owner.uid !== undefined) chownSync(folder, owner.uid, owner.gid)
  writeFileSync(`${folder}/password`, password, { mode: 0o644 })
  const how = ["-U", "postgres", "-A", "scram-sha-256", `--pwfile=${folder}/password`, "-E", "UTF8", "--locale=C"]
  await run(`${bin}/initdb`, ["-D", `${folder}/data`, ...how, "-N", "--no-instructions"], { ...owner, cwd: folder })
  const sql = sqlWith(bin)
  const port = await freePort()
  const ask = () => sql(urlOf(port, "postgres"), "SELECT 1")
  let count = 0
  let server: ReturnType<typeof serve> | undefined
  const start = async () => {
    server ??= serve(bin, folder, port)
    await untilReady(ask)
  }
  const end = async (word: string) => {
    await server?.end(word)
    server = undefined
  }
  await start()
  return {
    ...{ port, sql, start },
    fresh: async () => {
      const name = `fresh_${++count}`
      await sql(urlOf(port, "postgres"), `CREATE DATABASE ${name} TEMPLATE template0`)
      return urlOf(port, name)
    },
    stop: (how = "fast") => end(how === "crash" ? "crash" : "keep"),
    end: async () => {
      await end("end")
      rmSync(folder, { recursive: true, force: true })
    }
  }
}
