/** File contents as text for counting and merging lines; byte order marks and carriage returns stay in the lines. */
import { countHunks, hunksOf } from "../../../domain/staging/hunk.ts"
import { merge } from "../../../domain/staging/threeWay.ts"

/** The text of UTF-8 bytes, or nothing where they are binary or spelled otherwise. */
export const textOf = (bytes: Uint8Array): string | undefined => {
  if (bytes.includes(0)) return undefined
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** A text's UTF-8 bytes. */
export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

/** How many lines the second text has that the first has not, and the other way round. */
export const countText = (from: string, to: string): { readonly added: number; readonly removed: number } =>
  countHunks(hunksOf(from, to, 0))

/** What the agent and the project made of a base as one text, or a text that marks where they disagree. */
export const mergeText = (
  base: string,
  agent: string,
  project: string
): { readonly ok: boolean; readonly text: string } => {
  const merged = merge(base, agent, project, { ours: "agent", theirs: "project" })
  return { ok: merged.conflicts === 0, text: merged.text }
}
