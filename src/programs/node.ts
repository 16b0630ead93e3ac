/** code-mesh on a machine with Node. */
import { resolve } from "node:path"
import { type Mesh, meshOver } from "./Mesh.ts"
import { NodeLive, type NodeOptions } from "./NodeLive.ts"

export type { Mesh, MeshSession, PromptInput, PromptOptions, SessionOptions } from "./Mesh.ts"
export { NodeLive, type NodeOptions } from "./NodeLive.ts"
export type { Turn, TurnResult } from "./Turn.ts"

/** code-mesh over this machine's world, as promises. */
export const createCodeMesh = (options: NodeOptions = {}): Promise<Mesh> =>
  meshOver(NodeLive(options), resolve(options.root ?? process.cwd()))
