/** The authorization code, as far as it is text: the address to open, and what comes back from it. */

/** What an authorization server is asked for. */
export interface Authorizing {
  readonly authorizeUrl: string
  readonly clientId: string
  readonly redirectUri: string
  readonly state: string
  /** S256 of the verifier. */
  readonly challenge: string
  readonly scope?: string
}

/** An address with these parameters behind those it has. */
export const withQuery = (url: string, parameters: Readonly<Record<string, string>>): string => {
  const [bare = "", ...fragment] = url.split("#")
  const pairs = Object.entries(parameters).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  const joint = !bare.includes("?") ? "?" : /[?&]$/.test(bare) ? "" : "&"
  return [`${bare}${joint}${pairs.join("&")}`, ...fragment].join("#")
}

/** The address that the person opens. */
export const authorizationUrl = (given: Authorizing): string =>
  withQuery(given.authorizeUrl, {
    response_type: "code",
    client_id: given.clientId,
    redirect_uri: given.redirectUri,
    ...(given.scope === undefined ? {} : { scope: given.scope }),
    state: given.state,
    code_challenge: given.challenge,
    code_challenge_method: "S256"
  })

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text.replaceAll("+", " "))
  } catch {
    return text
  }
}

/** The parameters of an address or a query; the first of a name counts. */
export const parametersOf = (address: string): ReadonlyMap<string, string> => {
  const query = address.replace(/#.*$/s, "").replace(/^[^?]*\?/s, "")
  const found = new Map<string, string>()
  for (const pair of query.split("&")) {
    const [name = "", ...value] = pair.split("=")
    if (name !== "" && !found.has(decoded(name))) found.set(decoded(name), decoded(value.join("=")))
  }
  return found
}

/** What came back: the code, or why there is none. */
export type Returned =
  | { readonly kind: "code"; readonly code: string }
  | { readonly kind: "denied"; readonly error: string }
  | { readonly kind: "wrong"; readonly reason: string }

/** The last word of an address before its query, for servers that send no state back: the redirect's path holds it. */
const lastWord = (address: string): string => address.replace(/\?.*$/s, "").replace(/^.*\//s, "")

/** What a redirect brings. One with another state belongs to another sign-in, or to somebody who would like it to. */
export const returned = (address: string, state: string): Returned => {
  const all = parametersOf(address)
  const error = all.get("error")
  if ((all.get("state") ?? lastWord(address)) !== state)
    return { kind: "wrong", reason: "its state is not that of this sign-in" }
  if (error !== undefined) return { kind: "denied", error: /^[\w.-]{1,64}$/.test(error) ? error : "an error" }
  const code = all.get("code") ?? ""
  return code === "" ? { kind: "wrong", reason: "it holds no code" } : { kind: "code", code }
}

/**
 * What a person pasted: the address that the browser ended at, `code#state` or `code&state=…` as some pages show, or
 * the code alone. A state that comes along is checked; a person who copies the code vouches for it.
 */
export const pasted = (text: string, state: string): Returned => {
  const given = text.trim()
  if (/^https?:\/\//.test(given) || /(^|[?&])code=/.test(given)) return returned(given, state)
  const [code = "", its] = given.split("#")
  if (its !== undefined && its !== state) return { kind: "wrong", reason: "its state is not that of this sign-in" }
  return /^[\x21-\x7e]+$/.test(code) ? { kind: "code", code } : { kind: "wrong", reason: "it holds no code" }
}
