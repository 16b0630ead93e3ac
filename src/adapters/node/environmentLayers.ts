/** Settings from `CODE_MESH_MODEL` and `CODE_MESH_<TABLE>_<KEY>`, each a layer of its own, so that errors name it. */
import * as Option from "effect/Option"
import { keysAt } from "../../domain/config/describe.ts"
import type { Json } from "../../domain/model/Json.ts"
import type { RawLayer } from "../../ports/ConfigSource.ts"
import type { Environment } from "./Paths.ts"

const prefix = "CODE_MESH_"

/** Keys of a provider as they are spelt in files, by how they are spelt in a variable's name. */
const providerKeys: ReadonlyArray<readonly [string, string]> = [
  ["_BASE_URL", "baseUrl"],
  ["_BASEURL", "baseUrl"],
  ["_API_KEY_ENV", "apiKeyEnv"],
  ["_APIKEYENV", "apiKeyEnv"],
  ["_MODELS", "models"],
  ["_API", "api"]
]

/** `OLLAMA_BASE_URL` is `ollama.baseUrl`; underscores in a provider's name stand for dashes. */
const providerKey = (rest: string): ReadonlyArray<string> => {
  const found = providerKeys.find(([suffix]) => rest.endsWith(suffix) && rest.length > suffix.length)
  if (found === undefined) return [rest.toLowerCase()]
  const name = rest.slice(0, -found[0].length).toLowerCase().replaceAll("_", "-")
  return [name, found[1]]
}

const tables = (): ReadonlyArray<string> => keysAt([]).filter((name) => name !== "profiles")

/** The key that a variable sets; nothing for variables that are not settings. */
const keyOf = (name: string): ReadonlyArray<string> | undefined => {
  if (!name.startsWith(prefix)) return undefined
  const rest = name.slice(prefix.length)
  if (rest === "MODEL") return ["model", "default"]
  const table = tables().find((one) => rest === one.toUpperCase() || rest.startsWith(`${one.toUpperCase()}_`))
  if (table === undefined) return undefined
  const key = rest.slice(table.length + 1)
  if (key === "") return [table]
  return table === "providers" ? [table, ...providerKey(key)] : [table, key.toLowerCase()]
}

const nest = (key: ReadonlyArray<string>, value: string): Json =>
  key.reduceRight<Json>((inner, part) => ({ [part]: inner }), value)

/** The environment's layers, sorted by name; empty variables say nothing. */
export const environmentLayers = (env: Environment): ReadonlyArray<RawLayer> =>
  Object.keys(env)
    .sort()
    .flatMap((name) => {
      const value = env[name] ?? ""
      const key = keyOf(name)
      if (key === undefined || value === "") return []
      return [
        { origin: `environment ${name}`, kind: "environment", value: nest(key, value), line: () => Option.none() }
      ]
    })
