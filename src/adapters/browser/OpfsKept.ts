/** Bytes by name in the browser's own file system: what working copies keep over a reload. */
import * as Effect from "effect/Effect"
import type { Entry, FileError } from "../../ports/Workspace.ts"
import type { KeptBytes } from "../shared/copies/kept.ts"
import { make as makeWorkspace } from "./OpfsWorkspace.ts"

/** Whether this page has a file system of its own: only a secure page does. */
export const hasOpfs = (): boolean => typeof globalThis.navigator?.storage?.getDirectory === "function"

/** A folder of the browser's own file system by its path from the top; made where it is not there. */
export const opfsFolder = async (path: string): Promise<FileSystemDirectoryHandle> => {
  let at = await navigator.storage.getDirectory()
  for (const name of path.split("/")) if (name !== "") at = await at.getDirectoryHandle(name, { create: true })
  return at
}

const ifMissing =
  <A>(value: A) =>
  (error: FileError): Effect.Effect<A, FileError> =>
    error.kind === "missing" ? Effect.succeed(value) : Effect.fail(error)

/** Keeps bytes in this folder of the browser's own file system; nothing is opened before it is used. */
export const make = (folder: string): Effect.Effect<KeptBytes> =>
  Effect.map(
    Effect.cached(
      Effect.flatMap(
        Effect.promise(() => opfsFolder(folder)),
        (handle) => makeWorkspace("/kept", { folder: handle })
      )
    ),
    (files) => ({
      get: (name) =>
        Effect.flatMap(files, (it) => it.read(name)).pipe(
          Effect.catchAll(ifMissing<Uint8Array | undefined>(undefined))
        ),
      put: (name, bytes) => Effect.flatMap(files, (it) => it.write(name, bytes)),
      remove: (name) =>
        Effect.flatMap(files, (it) => it.remove(name)).pipe(Effect.catchAll(ifMissing<void>(undefined))),
      list: (folder) =>
        Effect.gen(function* () {
          const { list, locate } = yield* files
          const entries = yield* Effect.catchAll(list(folder), ifMissing<ReadonlyArray<Entry>>([]))
          return yield* Effect.forEach(entries, ({ name }) =>
            Effect.map(locate(`${folder}/${name}`), ({ stat }) => ({
              name: `${folder}/${name}`,
              size: stat?.size ?? 0,
              at: stat?.mtimeMs ?? Number.POSITIVE_INFINITY
            }))
          )
        })
    })
  )
