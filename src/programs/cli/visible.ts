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

/** What a terminal acts on, and what makes a line look other than it is; characters that join letters are not among them. */
const commanding = /\r(?!\n)|(?![\t\n\r])\p{Cc}|[\u061c\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069]/gu

/** The text without anything that a terminal would act on; the floor under all that is printed. */
export const harmless = (text: string): string => text.replace(commanding, escaped)

/** JSON that is the same value and holds nothing that a terminal would act on. */
export const harmlessJson = (json: string): string =>
  json.replace(commanding, (char) => `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`)
