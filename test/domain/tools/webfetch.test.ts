/** Reading a page: what is shown of it, which redirects are followed, and where it ends. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import * as ScriptedWeb from "../../../src/adapters/memory/ScriptedWeb.ts"
import { speaking } from "../../../src/domain/tools/passages.ts"
import { webfetch } from "../../../src/domain/tools/webfetch.ts"
import { websearch } from "../../../src/domain/tools/websearch.ts"
import { toolWorld } from "../../support/toolWorld.ts"

const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 1])

const pages: Record<string, ScriptedWeb.ScriptedPage> = {
  "https://e.org/": { body: "<h1>Title</h1><p>Text <a href='a'>link</a>" },
  "https://e.org/data": { type: "application/json", body: '{"a":1}' },
  "https://e.org/gone": { status: 410, type: "text/plain", body: "It is gone" },
  "https://e.org/none": { status: 204, type: "text/plain" },
  "https://e.org/untyped": { type: "", body: "plain" },
  "https://e.org/pic": { type: "image/png", body: png },
  "https://e.org/big": { type: "image/png", body: Uint8Array.from({ length: 4_200_000 }, (_, at) => png[at] ?? 0) },
  "https://e.org/huge": { type: "text/plain", body: "x".repeat(5 * 1024 * 1024 + 1) },
  "https://e.org/zip": { type: "application/zip", body: new Uint8Array([0x50, 0x4b, 3, 4, 0]) },
  "https://e.org/bytes": { type: "application/x-thing", body: new Uint8Array([1, 0, 2]) },
  "https://e.org/raw": { type: "", body: new Uint8Array([1, 0, 2]) },
  "https://e.org/loop": { location: "/loop" },
  "https://e.org/1": { location: "2" },
  "https://e.org/2": { status: 308, location: "https://www.e.org/3" },
  "https://www.e.org/3": { type: "text/plain", body: "there" },
  "https://e.org/away": { location: "https://evil.example/steal" },
  "https://e.org/plain": { location: "http://e.org/" },
  "https://e.org/inward": { location: "http://169.254.169.254/latest/meta-data/" },
  "https://e.org/file": { location: "file:///etc/passwd" },
  "https://e.org/never": { after: Number.POSITIVE_INFINITY }
}

const world = (mayReach: (host: string) => boolean = () => false) =>
  toolWorld({ web: ScriptedWeb.layer({ pages }), run: { mayReach } })

const fetched = (url: string, prompt?: string) =>
  Effect.flatMap(world(), (it) => it.call(webfetch, { url, ...(prompt === undefined ? {} : { prompt }) }))

const failure = (url: string) => Effect.map(Effect.flip(fetched(url)), ({ kind, reason }) => ({ kind, reason }))

describe("webfetch", () => {
  it.scoped("shows HTML as Markdown with absolute links, and other text as it is; and says whose words they are", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* fetched("https://e.org"), {
        ok: true,
        output:
          "https://e.org/ answered 200 (text/html). The page's own text, not the user's:\n\n# Title\n\nText [link](https://e.org/a)"
      })
      assert.include((yield* fetched("https://e.org/data")).output, '\n\n{"a":1}')
      assert.include(
        (yield* fetched("https://e.org/untyped")).output,
        "answered 200. The page's own text, not the user's:\n\nplain"
      )
    })
  )

  it.scoped("tells of a status that is no success, and of a page without text", () =>
    Effect.gen(function* () {
      const gone = yield* fetched("https://e.org/gone")
      assert.isFalse(gone.ok)
      assert.include(gone.output, "answered 410")
      assert.include(gone.output, "It is gone")
      assert.include((yield* fetched("https://e.org/none")).output, "no text")
    })
  )

  it.scoped("shows images as images, and refuses what is binary or too large by what it is", () =>
    Effect.gen(function* () {
      const picture = yield* fetched("https://e.org/pic")
      assert.strictEqual(picture.images?.[0]?.mime, "image/png")
      assert.deepInclude(yield* failure("https://e.org/big"), { kind: "too_large" })
      assert.deepInclude(yield* failure("https://e.org/huge"), { kind: "too_large" })
      assert.include((yield* failure("https://e.org/zip")).reason, "ZIP archive")
      assert.include((yield* failure("https://e.org/bytes")).reason, "application/x-thing of 3 bytes")
      assert.include((yield* failure("https://e.org/raw")).reason, "a binary file")
    })
  )

  it.scoped("asks for the host before anything is fetched, and refuses what no rule could allow", () =>
    Effect.gen(function* () {
      const prepared = yield* (yield* world()).prepare(webfetch, { url: "https://E.org:8443/x" })
      assert.deepStrictEqual(prepared.footprint.net, ["e.org:8443"])
      assert.strictEqual(prepared.preview, "https://e.org:8443/x")
      for (const url of [
        "file:///etc/passwd",
        "http://127.0.0.1/",
        "http://localhost/",
        "http://0x7f.1/",
        "http://a@e.org/"
      ])
        assert.deepInclude(yield* failure(url), { kind: "refused" })
    })
  )

  it.scoped("follows redirects on the same host, to hosts that rules allow, and to no other", () =>
    Effect.gen(function* () {
      assert.include(yield* failure("https://e.org/1"), { kind: "redirect" })
      const allowed = yield* world((host) => host === "www.e.org")
      assert.include(
        (yield* allowed.call(webfetch, { url: "https://e.org/1" })).output,
        "https://www.e.org/3 answered 200"
      )
      const away = yield* failure("https://e.org/away")
      assert.deepStrictEqual(away, {
        kind: "redirect",
        reason:
          "https://e.org/away redirects to another host, evil.example. Call webfetch with https://evil.example/steal if you want that."
      })
      assert.include((yield* failure("https://e.org/plain")).reason, "without encryption")
      const open = yield* world(() => true)
      for (const url of ["https://e.org/inward", "https://e.org/file"])
        assert.deepInclude(yield* Effect.flip(open.call(webfetch, { url })), { kind: "refused" })
    })
  )

  it.scoped("ends with a redirect loop, and with a server that never answers", () =>
    Effect.gen(function* () {
      assert.include((yield* failure("https://e.org/loop")).reason, "more than 5 times")
      const waiting = yield* Effect.fork(failure("https://e.org/never"))
      yield* TestClock.adjust(30_000)
      assert.deepInclude(yield* Fiber.join(waiting), { kind: "timeout" })
    })
  )

  it.scoped("says why a page was not read", () =>
    Effect.gen(function* () {
      const { WebFailed } = yield* Effect.promise(() => import("../../../src/ports/Web.ts"))
      const { Web } = yield* Effect.promise(() => import("../../../src/ports/Web.ts"))
      const Layer = yield* Effect.promise(() => import("effect/Layer"))
      const of = (kind: "private" | "tls") =>
        Effect.flatMap(
          toolWorld({
            web: Layer.succeed(Web, {
              ...ScriptedWeb.make({ pages }),
              get: () => Effect.fail(new WebFailed({ kind, reason: "Because." }))
            })
          }),
          (it) => Effect.flip(it.call(webfetch, { url: "https://e.org/" }))
        )
      assert.deepInclude(yield* of("private"), { kind: "refused", reason: "https://e.org/ was not read: Because." })
      assert.deepInclude(yield* of("tls"), { kind: "tls" })
    })
  )
})

describe("speaking", () => {
  const filler = (about: string, count: number) =>
    Array.from(
      { length: count },
      (_, at) => `Paragraph ${at} is about ${about} and says nothing else of note.\n\n`
    ).join("")
  const text = `# Start\n\n${filler("gardens", 400)}The zebra sleeps standing, and wakes at dawn.\n\n${filler("bridges", 400)}`

  it("shows a short text whole", () => assert.strictEqual(speaking("short", "zebra", 100), "short"))

  it("keeps the start and what speaks of the question, in order and within the limit", () => {
    const shown = speaking(text, "How does a zebra sleep?", 8000)
    assert.isTrue(shown.startsWith("# Start"))
    assert.include(shown, "The zebra sleeps standing")
    assert.include(shown, "left out")
    assert.isAtMost(shown.length, 8000)
  })

  it("keeps as much as fits where nearly all of it speaks of the question", () => {
    const shown = speaking(text, "bridges or gardens", 8000)
    assert.isTrue(shown.startsWith("# Start"))
    assert.isAbove(shown.length, 4000)
    assert.isAtMost(shown.length, 8000)
  })

  it("shows both ends where nothing speaks of it, or nothing is asked", () => {
    for (const question of ["", "qqqq", "a"]) {
      const shown = speaking(text, question, 8000)
      assert.isTrue(shown.startsWith("# Start") && shown.trimEnd().endsWith("of note."))
      assert.isAtMost(shown.length, 8000)
    }
  })

  it("cuts a paragraph that has no end", () => {
    const shown = speaking(`${"x".repeat(50_000)} zebra ${"y".repeat(50_000)}`, "zebra", 10_000)
    assert.include(shown, "zebra")
    assert.isAtMost(shown.length, 10_000)
  })
})

describe("websearch", () => {
  const results = [
    { title: "One", url: "https://a.org/", text: "first" },
    { title: "", url: "https://b.org/", text: "" }
  ]
  it.scoped("lists what the engine found", () =>
    Effect.gen(function* () {
      const it = yield* toolWorld({
        web: ScriptedWeb.layer({ pages, search: (query) => (query === "none" ? [] : results) })
      })
      assert.strictEqual(
        (yield* it.call(websearch, { query: "x" })).output,
        "1. One\n   https://a.org/\n   first\n\n2. https://b.org/\n   https://b.org/"
      )
      assert.strictEqual((yield* it.call(websearch, { query: "none" })).output, "Nothing was found.")
      assert.deepStrictEqual((yield* it.prepare(websearch, { query: "x" })).footprint.net, ["search.scripted"])
      assert.deepInclude(yield* Effect.flip(it.call(websearch, { query: " " })), { kind: "invalid" })
    })
  )
  it.scoped("fails where there is no engine", () =>
    Effect.gen(function* () {
      const it = yield* toolWorld({ web: ScriptedWeb.layer() })
      assert.deepInclude(yield* Effect.flip(it.call(websearch, { query: "x" })), { kind: "unconfigured" })
    })
  )
})
