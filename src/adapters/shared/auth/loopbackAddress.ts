/** Whether an address is on this very machine. */

/** Only such an address may be spoken to without TLS when a token is at stake. */
export const isLoopbackAddress = (url: string): boolean =>
  /^https?:\/\/(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?([/?#]|$)/i.test(url)
