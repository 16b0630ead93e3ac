/** Text that is cut to a bound. */

/** The text, at most so many characters; where some are missing it ends with `…`. */
export const clip = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most - 1)}…`)
