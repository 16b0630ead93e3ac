/** Makes text from outside safe to show on a terminal. Pure. */

const escaped = (char: string): string => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`

/**
 * The text with control characters, escape sequences and invisible direction marks written out, so that what is shown is
 * what is there. Line ends and tabs stay.
 */
export const visible = (text: string): string =>
  text
    .replace(/\r\n/g, "\n")
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (char) => (/[\n\t]/.test(char) ? char : escaped(char)))
