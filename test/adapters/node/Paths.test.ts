/** Where things are kept. */
import { describe, it } from "@effect/vitest"
import { pathsOf } from "../../../src/adapters/node/Paths.ts"
import { equal } from "../../support/contract.ts"

const home = "/home/me"
const data = (folder: string) => ({
  data: folder,
  database: `${folder}/code-mesh.db`,
  auth: `${folder}/auth.json`,
  trust: `${folder}/trust.json`,
  copies: `${folder}/copies`,
  log: `${folder}/log`
})

describe("pathsOf", () => {
  it("follows the XDG defaults", () => {
    equal(pathsOf({}, home), {
      config: "/home/me/.config/code-mesh",
      cache: "/home/me/.cache/code-mesh",
      ...data("/home/me/.local/share/code-mesh")
    })
  })

  it("follows the XDG variables, except relative and empty ones", () => {
    const env = { XDG_CONFIG_HOME: "/c", XDG_DATA_HOME: "relative", XDG_CACHE_HOME: "" }
    equal(pathsOf(env, home), {
      config: "/c/code-mesh",
      cache: "/home/me/.cache/code-mesh",
      ...data("/home/me/.local/share/code-mesh")
    })
  })

  it("puts all under CODE_MESH_HOME where that is set", () => {
    const env = { CODE_MESH_HOME: "/all", XDG_CONFIG_HOME: "/c" }
    equal(pathsOf(env, home), { config: "/all", cache: "/all/cache", ...data("/all") })
    equal(pathsOf({ CODE_MESH_HOME: "" }, home), pathsOf({}, home))
  })
})
