/** Guesses how many tokens an unknown model makes of a text, rather too many than too few. */

type Kind = "word" | "digit" | "blank" | "sign"

const kindOf = (code: number): Kind => {
  if ((code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === 0x5f) return "word"
  if (code >= 0x30 && code <= 0x39) return "digit"
  return code === 0x20 ? "blank" : "sign"
}

// One blank belongs to the word or the sign after it, but never to a digit; runs of them are tokens of their own.
const cost = (kind: Kind, length: number): number => {
  if (kind === "word") return Math.ceil(length / 3.5)
  return kind === "digit" ? Math.ceil(length / 2.5) : Math.ceil((length - 1) / 16)
}

/**
 * At least what published encodings count on code, JSON and prose: words by three to four letters, digits by two to
 * three, blanks in runs, every other sign one, and half as much again for signs beyond the Latin, Greek, Cyrillic,
 * Hebrew and Arabic scripts.
 */
export const estimateTokens = (text: string): number => {
  let tokens = 0
  let start = 0
  let kind: Kind = "sign"
  for (let at = 0; at <= text.length; at += 1) {
    const code = at < text.length ? text.charCodeAt(at) : -1
    const next = kindOf(code)
    if (next !== kind) {
      if (kind !== "sign") tokens += cost(kind, at - start)
      if (kind === "blank" && next === "digit") tokens += 1
      kind = next
      start = at
    }
    if (next === "sign" && code >= 0) tokens += code < 0x800 ? 1 : 1.5
  }
  return text === "" ? 0 : Math.max(1, Math.ceil(tokens))
}
