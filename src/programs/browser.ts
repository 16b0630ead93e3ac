/** code-mesh in a page. */
import { BrowserLive, type BrowserOptions } from "./BrowserLive.ts"
import { type Mesh, meshOver } from "./Mesh.ts"

export { BrowserLive, type BrowserOptions } from "./BrowserLive.ts"
export type { Mesh, MeshSession, PromptInput, PromptOptions, SessionOptions } from "./Mesh.ts"
export type { Turn, TurnResult } from "./Turn.ts"

/** code-mesh over this page's world, as promises. */
export const createCodeMesh = (options: BrowserOptions = {}): Promise<Mesh> =>
  meshOver(BrowserLive(options), options.root ?? "/project")
