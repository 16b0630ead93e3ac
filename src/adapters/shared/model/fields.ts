/** Reading JSON that may be newer than this code: a missing or odd field is `undefined`, never an exception. */

/** Parsed JSON text; `undefined` where it is none. */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Whether a value is an object with fields. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** What stands at a path of fields and indexes. */
export const at = (value: unknown, ...path: ReadonlyArray<string | number>): unknown => {
  let here = value
  for (const key of path) {
    if (typeof key === "number") here = Array.isArray(here) ? here[key] : undefined
    else here = isRecord(here) ? here[key] : undefined
  }
  return here
}

/** The text at a path; `undefined` where there is none. */
export const textAt = (value: unknown, ...path: ReadonlyArray<string | number>): string | undefined => {
  const found = at(value, ...path)
  return typeof found === "string" ? found : undefined
}

/** The count at a path; `undefined` where there is no number of at least 0. */
export const countAt = (value: unknown, ...path: ReadonlyArray<string | number>): number | undefined => {
  const found = at(value, ...path)
  return typeof found === "number" && Number.isFinite(found) && found >= 0 ? Math.round(found) : undefined
}

/** The list at a path; empty where there is none. */
export const listAt = (value: unknown, ...path: ReadonlyArray<string | number>): ReadonlyArray<unknown> => {
  const found = at(value, ...path)
  return Array.isArray(found) ? found : []
}

/** JSON text that certainly is an object: the given one where it is valid, else `{}`. */
export const objectText = (text: string): string => (isRecord(parseJson(text)) ? text : "{}")
