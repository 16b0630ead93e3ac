/** A fake: an OAuth server on loopback, with PKCE, a device flow, refresh tokens that count once, OpenRouter's key exchange and GitHub's token for Copilot. */
import { createHash } from "node:crypto"
import { createServer, type IncomingMessage } from "node:http"

/** What the fake was asked. */
export interface OAuthAsked {
  readonly path: string
  readonly body: Readonly<Record<string, string>>
  readonly headers: IncomingMessage["headers"]
}

/** What the fake says instead of its usual answer. */
export interface OAuthReply {
  readonly status?: number
  readonly body: unknown
}

/** The fake, while it runs. */
export interface FakeOAuth {
  readonly url: string
  readonly asked: ReadonlyArray<OAuthAsked>
  /** The refresh token that counts now. */
  readonly refresh: () => string
  readonly close: () => Promise<void>
}

/** How the fake behaves. */
export interface FakeOAuthOptions {
  /** Answers to questions for a device's token, in order; a token after the last. */
  readonly device?: ReadonlyArray<OAuthReply>
  /** Answers by path, before anything else is looked at. */
  readonly replies?: Readonly<Record<string, (asked: OAuthAsked, n: number) => OAuthReply | undefined>>
  /** Seconds that a token holds. */
  readonly expiresIn?: number
  /** Milliseconds that a renewal takes. */
  readonly slow?: number
}

const bodyOf = async (request: IncomingMessage): Promise<Readonly<Record<string, string>>> => {
  let text = ""
  for await (const piece of request.setEncoding("utf8")) text += piece
  return text.startsWith("{") ? JSON.parse(text) : Object.fromEntries(new URLSearchParams(text))
}

const s256 = (verifier = ""): string => createHash("sha256").update(verifier).digest("base64url")

/** Starts the fake. */
export const startFakeOAuth = async (options: FakeOAuthOptions = {}): Promise<FakeOAuth> => {
  const asked: Array<OAuthAsked> = []
  const codes = new Map<string, { readonly challenge: string; readonly redirect: string }>()
  let count = 0
  let refresh = "refresh-0-4711471147114711"
  let polls = 0
  const { expiresIn = 3600, slow = 0 } = options
  const tokens = (): OAuthReply => {
    count += 1
    refresh = `refresh-${count}-4711471147114711`
    const access_token = `access-${count}-0815081508150815`
    return { body: { access_token, refresh_token: refresh, expires_in: expiresIn, token_type: "bearer" } }
  }
  const no = (error: string, status = 400): OAuthReply => ({ status, body: { error } })
  const byCode = (body: OAuthAsked["body"]): OAuthReply => {
    const known = codes.get(body.code ?? "")
    codes.delete(body.code ?? "")
    const isRight = known?.challenge === s256(body.code_verifier) && known.redirect === body.redirect_uri
    return isRight ? tokens() : no("invalid_grant")
  }
  const token = async ({ body }: OAuthAsked): Promise<OAuthReply> => {
    if (body.grant_type === "authorization_code") return byCode(body)
    if (body.grant_type === "refresh_token") {
      const isRight = body.refresh_token === refresh
      // It counts once, and from the moment that it was seen.
      const answer = isRight ? tokens() : no("invalid_grant")
      await new Promise((resolve) => setTimeout(resolve, slow))
      return answer
    }
    const next = options.device?.[polls]
    polls += 1
    return next ?? tokens()
  }
  const key = ({ body }: OAuthAsked): OAuthReply => {
    const known = codes.get(body.code ?? "")
    codes.delete(body.code ?? "")
    return known?.challenge === s256(body.code_verifier)
      ? { body: { key: "sk-or-v1-4711471147114711", user_id: "u" } }
      : no("invalid", 403)
  }
  const device = (): OAuthReply => ({
    body: {
      device_code: "device-4711471147114711",
      user_code: "ABCD-1234",
      verification_uri: `${url}/device`,
      expires_in: 900,
      interval: 5
    }
  })
  const copilot = ({ headers }: OAuthAsked): OAuthReply =>
    headers.authorization?.startsWith("Bearer access-") === true
      ? {
          body: {
            token: `copilot-${++count}-0815081508150815`,
            expires_at: 4_000_000_000,
            refresh_in: 1500,
            endpoints: { api: `${url}/copilot` }
          }
        }
      : no("Bad credentials", 401)
  const answers: Readonly<Record<string, (one: OAuthAsked) => OAuthReply | Promise<OAuthReply>>> = {
    "/token": token,
    "/login/oauth/access_token": token,
    "/login/device/code": device,
    "/device/code": device,
    "/api/v1/auth/keys": key,
    "/copilot_internal/v2/token": copilot
  }
  /** What the page of a provider does when the person says yes. */
  const redirect = (query: URLSearchParams): string => {
    const back = new URL(query.get("redirect_uri") ?? query.get("callback_url") ?? "")
    const code = `code-${codes.size}-${Math.random()}`
    codes.set(code, { challenge: query.get("code_challenge") ?? "", redirect: back.href })
    back.searchParams.set("code", code)
    const state = query.get("state")
    if (state !== null) back.searchParams.set("state", state)
    return back.href
  }
  const server = createServer((request, response) => {
    void (async () => {
      const { pathname, searchParams } = new URL(request.url ?? "/", "http://fake")
      const one = { path: pathname, body: await bodyOf(request), headers: request.headers }
      const n = asked.filter(({ path }) => path === pathname).length
      asked.push(one)
      const told = options.replies?.[pathname]?.(one, n)
      if (told === undefined && (pathname === "/authorize" || pathname === "/auth")) {
        response.writeHead(302, { location: redirect(searchParams) }).end()
        return
      }
      const { body, status = 200 } = told ?? (await answers[pathname]?.(one)) ?? no("not_found", 404)
      response.writeHead(status, { "content-type": "application/json; charset=utf-8" }).end(JSON.stringify(body))
    })()
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`
  return {
    url,
    asked,
    refresh: () => refresh,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  }
}
