/** Where a Node workspace's files really stand, for adapters that hand paths to other programs (ripgrep, git). */
import type { WorkspaceService } from "../../ports/Workspace.ts"

/** The file on disk that holds a path's bytes, the bytes themselves where no file may hold them, or `null` for nothing there. */
export type Over = string | (() => Uint8Array) | null

/** A workspace on disk: `dir` shows at its `root`, except for what `over` says. */
export interface Disk {
  /** The directory on disk whose files are seen at the workspace's root. */
  readonly dir: string
  /** What stands at a relative path instead. */
  readonly over: () => ReadonlyMap<string, Over>
}

const places = new WeakMap<WorkspaceService, () => Disk>()

/** Says where a workspace's files stand. */
export const putOnDisk = (workspace: WorkspaceService, disk: () => Disk): void => {
  places.set(workspace, disk)
}

/** Where a workspace's files stand, if they stand on this disk. */
export const diskOf = (workspace: WorkspaceService): Disk | undefined => places.get(workspace)?.()
