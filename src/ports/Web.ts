/** Pages of the web, one at a time and under limits, and the search engine that a person has chosen. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"

/**
 * A page was not fetched. `private` (its name stands for an address of this machine or a private network), `name` (there
 * is no such host), `connect`, `tls`, `too_large`, `encoding` (a compression that is not known, or broken), `protocol`,
 * `blocked` (the browser does not let this page read that one, or the network failed: it does not say which), `redirect`
 * (this host of code-mesh cannot see where it leads), `unconfigured` (there is no search engine), `engine` (it failed).
 */
export class WebFailed extends Schema.TaggedError<WebFailed>()("WebFailed", {
  kind: Schema.Literal(
    ...(["private", "name", "connect", "tls", "too_large", "encoding", "protocol", "blocked", "redirect"] as const),
    ...(["unconfigured", "engine"] as const)
  ),
  reason: Schema.String
}) {
  override get message(): string {
    return this.reason
  }
}

/** Whose page is wanted. All parts are checked already: an adapter connects to just this. */
export interface WebRequest {
  readonly scheme: "http" | "https"
  /** A name in lower case, an IPv4 address in decimal, or an IPv6 address without brackets. */
  readonly host: string
  readonly port: number
  /** Path and query, in ASCII. */
  readonly target: string
  /** Bytes of the page once unpacked; a longer one fails as `too_large`. */
  readonly maxBytes: number
}

/** What a server answered: a page, whatever its status says, or where to look instead. */
export type WebAnswer =
  | {
      readonly type: "page"
      readonly status: number
      /** In lower case, without parameters; empty where the server names none. */
      readonly mime: string
      readonly bytes: Uint8Array
      /** The text in it: HTML as Markdown with absolute links, anything else as it is. Absent where it is binary. */
      readonly text?: string
    }
  | { readonly type: "redirect"; readonly status: number; readonly location: string }

/** One result of a search. */
export interface WebResult {
  readonly title: string
  readonly url: string
  readonly text: string
}

/** Pages of the web, and a search engine. */
export class Web extends Context.Tag("code-mesh/ports/Web")<
  Web,
  {
    /**
     * Asks once and follows nothing. A host's name is resolved once, and only if all that it stands for is of the open
     * internet is one of these very addresses connected to; a browser cannot see addresses, and there the name alone is
     * checked. Sends no cookies and no credentials. Interrupting it closes the connection.
     */
    readonly get: (request: WebRequest) => Effect.Effect<WebAnswer, WebFailed>
    /** The host of the search engine, with its port where it is not the usual one; none where none is configured. */
    readonly engine: Option.Option<string>
    /** The results of the search engine, best first. */
    readonly search: (query: string) => Effect.Effect<ReadonlyArray<WebResult>, WebFailed>
  }
>() {}
