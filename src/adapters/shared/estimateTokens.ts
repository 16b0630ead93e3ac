/** Guesses how many tokens an unknown model makes of a text, rather too many than too few. */

const isWord = (code: number): boolean =>
  (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === 0x5f

/**
 * At least what published encodings count on code, JSON and prose: words by three letters, digits by two, blanks in
 * runs, every other sign one, and a character outside ASCII one, or more where it takes four bytes.
 */
export const estimateTokens = (text: string): number => {
  let tokens = 0
  let word = 0
  let digits = 0
  let blanks = 0
  const flush = (): void => {
    tokens += Math.ceil(word / 3.5) + Math.ceil(digits / 2.5) + Math.ceil(Math.max(0, blanks - 1) / 16)
    word = 0
    digits = 0
    blanks = 0
  }
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (isWord(code)) {
      if (digits > 0 || blanks > 0) flush()
      word += 1
    } else if (code >= 0x30 && code <= 0x39) {
      if (word > 0 || blanks > 0) flush()
      digits += 1
    } else if (code === 0x20) {
      if (word > 0 || digits > 0) flush()
      blanks += 1
    } else {
      flush()
      tokens += code < 0x80 ? 1 : code < 0x800 ? 1 : 1.5
    }
  }
  flush()
  return text === "" ? 0 : Math.max(1, Math.ceil(tokens))
}
