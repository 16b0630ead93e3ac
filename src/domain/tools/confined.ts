/** What the settings say of commands: how they are confined, what they may reach and use. */
import type { Confinement } from "../../ports/Shell.ts"
import { type Config, defaults } from "../model/Config.ts"
import type { ToolRunService } from "./Tool.ts"

const second = 1000
const mebibyte = 2 ** 20

const standard = defaults.sandbox

/** How commands are run under a configuration. */
export const confinedBy = (config: Config): Pick<ToolRunService, "sandbox" | "network" | "limits" | "offline"> => {
  const { mode = standard.mode, network = false, ...bounds } = config.sandbox ?? {}
  const { max_seconds = standard.max_seconds, idle_seconds = standard.idle_seconds } = bounds
  const { cpu_seconds = standard.cpu_seconds, memory_mb = standard.memory_mb } = bounds
  const { processes = standard.processes, output_mb = standard.output_mb } = bounds
  return {
    sandbox: mode,
    network,
    offline: config.sandbox?.network === false,
    limits: {
      longest: max_seconds * second,
      idle: idle_seconds * second,
      use: { cpu: cpu_seconds * second, memory: memory_mb * mebibyte, processes, output: output_mb * mebibyte }
    }
  }
}

const reach = ({ network, sandbox }: ReturnType<typeof confinedBy>): string => {
  if (sandbox === "strict" || network === false || (network !== true && network.length === 0)) return "no network"
  return network === true ? "network" : `network: ${network.join(" ")}`
}

/** What is in force, for the first line of a run: the sandbox with its mode and its network, or `none`. */
export const inForce = (config: Config, kind: Confinement["kind"]): string => {
  const confined = confinedBy(config)
  const mode = confined.sandbox === "strict" ? "strict" : "workspace"
  return kind === "none" ? "none" : `${kind} (${mode}, ${reach(confined)})`
}
