/** Where a browser on this machine comes back to with a code: a server on loopback, for one sign-in. */
import type { IncomingMessage, Server, ServerResponse } from "node:http"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Returned } from "../../domain/auth/authorizing.ts"
import type { Redirects } from "../shared/auth/signIn.ts"

const page = (title: string, text: string): string =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><body><h1>${title}</h1><p>${text}</p></body></html>\n`

const pages: Readonly<Record<Returned["kind"], readonly [status: number, text: string]>> = {
  code: [200, page("Signed in to code-mesh", "You may close this page, and go on in the terminal.")],
  denied: [200, page("Not signed in", "Nothing was stored. You may close this page.")],
  wrong: [400, page("Not a sign-in", "This address belongs to no sign-in that code-mesh has begun.")]
}

const answer = (response: ServerResponse, [status, text]: readonly [number, string]): void => {
  response.writeHead(status, {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": "default-src 'none'",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    connection: "close"
  })
  response.end(text)
}

/** A page of another site that resolves to this machine has another name. */
const isForUs = ({ headers, method, url = "" }: IncomingMessage, port: number): boolean =>
  method === "GET" &&
  /^\/callback(\/[\w-]*)?(\?|$)/.test(url) &&
  [`127.0.0.1:${port}`, `localhost:${port}`].includes(headers.host ?? "")

const portOf = (server: Server): number => {
  const address = server.address()
  return typeof address === "object" && address !== null ? address.port : 0
}

const opened = Effect.acquireRelease(
  Effect.flatMap(
    Effect.promise(() => import("node:http")),
    ({ createServer }) =>
      Effect.async<Server, string>((resume) => {
        const server = createServer()
        server.once("error", (error) => resume(Effect.fail(error.message)))
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      })
  ),
  (server) =>
    Effect.sync(() => {
      server.close()
      // The page that was just answered is let out; whoever keeps a connection open is not waited for.
      setTimeout(() => server.closeAllConnections(), 250).unref()
    })
)

/** Listens at a free port of this machine until the scope ends. */
export const listenForRedirect = (
  judge: (address: string) => Returned
): Effect.Effect<Redirects, string, Scope.Scope> =>
  Effect.gen(function* () {
    const first = yield* Deferred.make<Exclude<Returned, { readonly kind: "wrong" }>>()
    const server = yield* opened
    const port = portOf(server)
    server.on("request", (request, response) => {
      const got: Returned = isForUs(request, port)
        ? judge(request.url ?? "")
        : { kind: "wrong", reason: "it is not the address of a redirect" }
      answer(response, pages[got.kind])
      if (got.kind !== "wrong") Deferred.unsafeDone(first, Effect.succeed(got))
    })
    return { port, first: Deferred.await(first) }
  })
