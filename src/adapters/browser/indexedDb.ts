/** IndexedDB as promises. */

/** Another tab keeps an older version of the database open. */
export class TabBusy extends Error {
  override readonly name = "TabBusy"
}

/** A request's result. */
export const done = <A>(request: IDBRequest<A>): Promise<A> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })

/** Opens a database, making its stores where this version of it is new. */
export const openDatabase = (name: string, version: number, upgrade: (db: IDBDatabase) => void): Promise<IDBDatabase> =>
  new Promise((resolve, reject) => {
    const request = indexedDB.open(name, version)
    request.onupgradeneeded = () => upgrade(request.result)
    request.onblocked = () => reject(new TabBusy("another tab keeps an older database open"))
    request.onerror = () => reject(request.error)
    request.onsuccess = () => {
      // A newer program in another tab must not wait for this one.
      request.result.onversionchange = () => request.result.close()
      resolve(request.result)
    }
  })
