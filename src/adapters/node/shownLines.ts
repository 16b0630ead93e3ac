/** Holds lines that another program has shown against the file itself, opened by handle. */
import * as fs from "node:fs"
import type { GrepLine } from "../../ports/Search.ts"
import type { Over } from "./disk.ts"
import { openFile } from "./files.ts"
import { bytesOf, spotOf } from "./ripgrepOutput.ts"

const markOfUtf8 = Buffer.from([0xef, 0xbb, 0xbf])

const stands = (fd: number, bytes: Uint8Array, at: number): boolean => {
  const found = Buffer.alloc(bytes.length)
  for (let got = 0; got < bytes.length; ) {
    const more = fs.readSync(fd, found, got, bytes.length - got, at + got)
    if (more === 0) return false
    got += more
  }
  return found.equals(bytes)
}

/** Whether a file that is where it should be has these lines where they were seen. False too where that can't be told. */
export const hasLines = (
  path: string,
  place: Exclude<Over, null> | undefined,
  lines: ReadonlyArray<GrepLine>
): boolean => {
  const spots = new Set(lines.map(spotOf))
  // What was searched by its bytes needs no second look.
  if (typeof place === "function") return true
  if (place === undefined) return false
  try {
    const { fd } = openFile(path, place)
    try {
      if (!fs.fstatSync(fd).isFile()) return false
      // Offsets are counted without the mark at the start.
      const skipped = stands(fd, markOfUtf8, 0) ? markOfUtf8.length : 0
      return [...spots].every((spot) => spot !== undefined && stands(fd, bytesOf(spot), spot.offset + skipped))
    } finally {
      fs.closeSync(fd)
    }
  } catch {
    return false
  }
}
