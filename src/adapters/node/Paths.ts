/** Where code-mesh keeps what, by the XDG rules or all under `CODE_MESH_HOME`. */
import { homedir } from "node:os"
import { isAbsolute, join, resolve } from "node:path"

/** Every place on this machine that code-mesh writes to, as absolute paths. */
export interface Paths {
  /** Folder of the global config and the global instructions. */
  readonly config: string
  /** Folder of all that must not be lost. */
  readonly data: string
  /** Folder of what may be deleted at any time. */
  readonly cache: string
  readonly database: string
  readonly auth: string
  /** Which folders the person has trusted. */
  readonly trust: string
  readonly copies: string
  readonly log: string
}

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>

const inData = (data: string) => ({
  data,
  database: join(data, "code-mesh.db"),
  auth: join(data, "auth.json"),
  trust: join(data, "trust.json"),
  copies: join(data, "copies"),
  log: join(data, "log")
})

/** The places that this environment asks for; relative XDG folders are ignored, as their specification says. */
export const pathsOf = (env: Environment, home: string): Paths => {
  const own = env.CODE_MESH_HOME ?? ""
  if (own !== "") {
    const all = resolve(own)
    return { config: all, cache: join(all, "cache"), ...inData(all) }
  }
  const xdg = (name: string, ...otherwise: ReadonlyArray<string>) => {
    const value = env[name] ?? ""
    return join(isAbsolute(value) ? value : join(home, ...otherwise), "code-mesh")
  }
  return {
    config: xdg("XDG_CONFIG_HOME", ".config"),
    cache: xdg("XDG_CACHE_HOME", ".cache"),
    ...inData(xdg("XDG_DATA_HOME", ".local", "share"))
  }
}

/** The places for this process. */
export const paths = (): Paths => pathsOf(process.env, homedir())
