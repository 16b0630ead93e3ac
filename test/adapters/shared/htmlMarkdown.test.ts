/** HTML as Markdown: what a reader sees, in linear time, whatever the page is. */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import { htmlMarkdown } from "../../../src/adapters/shared/web/htmlMarkdown.ts"
import { pageText } from "../../../src/adapters/shared/web/pageText.ts"

const markdown = (html: string) => htmlMarkdown(html, "https://e.org/a/b")

describe("htmlMarkdown", () => {
  it("keeps what a reader sees", () => {
    const shown: ReadonlyArray<readonly [string, string]> = [
      ["<h2>A &amp; <em>b</em></h2>", "## A & *b*"],
      ["<p>one\n two<p>three", "one two\n\nthree"],
      ["a <b>bold </b>and <code>x`y</code>, <del>gone</del><i></i>", "a **bold** and ``x`y``, ~~gone~~"],
      ["<b>a<strong>b</strong></b>", "**ab**"],
      ["a<br>b", "a\nb"],
      ["<ul><li>a<li>b<ul><li>c</ul></ul>", "- a\n- b\n  - c"],
      ["<ol start=3><li><p>a</p><p>b</p><li>c</ol>", "3. a\n\n   b\n4. c"],
      ["<blockquote><p>a<p>b</blockquote>", "> a\n> \n> b"],
      ["<pre><code class='hl language-js'>if (x &lt; 1)\n  y()\n</code></pre>", "```js\nif (x < 1)\n  y()\n```"],
      ["<pre>```</pre>", "````\n```\n````"],
      ["<table><tr><th>a<th>b|c<tr><td>1<td><p>2<p>3</table>", "| a | b\\|c |\n| --- | --- |\n| 1 | 2 3 |"],
      ["<table><tr><td>menu<td><table><tr><td>x<td>y</table></table>", "menu\n\n| x | y |\n| --- | --- |"],
      ["<a href='../z?a=1&amp;b=(2)'>l</a>", "[l](https://e.org/z?a=1&b=%282%29)"],
      [
        "<base href='/x/'><a href=y>l</a> <a href='#z'>n</a> <a href='javascript:z'>j</a>",
        "[l](https://e.org/x/y) n j"
      ],
      ["<img src=i.png alt='a [b]'><img src=i.png><img src='data:x' alt=q>", "![a b](https://e.org/a/i.png)q"],
      ["<input type=checkbox checked> done <hr>", "[x] done\n\n---"],
      ["<title>T &mdash; t</title><p>x", "# T — t\n\nx"],
      ["<title>T</title><h1>H</h1>", "# H"],
      ["a<script>b</script><style>c</style><svg><text>d</text></svg><!-- e -->f<?g?>", "af"],
      ["1 < 2 <unknown>kept</unknown> &nosuch; &#x41;&#65;&#0;&#27;", "1 < 2 kept &nosuch; AA\ufffd\ufffd"],
      ["<script>never closed", ""]
    ]
    for (const [html, text] of shown) assert.strictEqual(markdown(html), text, html)
  })

  it("says that the end of a very long page is left out", () => {
    assert.match(markdown("<p>word</p>".repeat(200_000)), /rest of this long page is left out/)
  })

  it("takes no more than a few seconds of processor for pages that are written to be slow", () => {
    const before = process.cpuUsage()
    for (const html of [
      ...["<div>".repeat(50_000), "<p><b>".repeat(20_000), "<table><tr><td>".repeat(5_000), "<a".repeat(500_000)],
      ...[`<table>${"<tr><td>a<td>b".repeat(20_000)}</table>`, "<table><tr><td colspan=999999999>a<td>b</table>"],
      ...[
        `<p ${"a=1 ".repeat(200_000)}>x`,
        `<p a="${"a='".repeat(200_000)}`,
        "<!--".repeat(300_000),
        "<script>".repeat(200_000)
      ],
      ...[
        `<p>a${" <b> </b>".repeat(60_000)}`,
        `<pre>${"\n".repeat(300_000)}x</pre>`,
        "<ul><li>".repeat(20_000),
        "&".repeat(600_000)
      ],
      ...[
        `<blockquote><ul><li>${"<pre>x\n".repeat(50_000)}`,
        `<p>${" ".repeat(1_000_000)}x`,
        "<svg></svg x".repeat(100_000)
      ]
    ])
      markdown(html)
    const { system, user } = process.cpuUsage(before)
    // All of them together take about two seconds on one core; a quadratic one takes minutes.
    assert.isBelow((user + system) / 1_000_000, 30)
  })

  it("answers text for whatever it is given (property)", () => {
    const piece = fc.constantFrom(
      ...[
        "<",
        ">",
        "</",
        "<p",
        "<p>",
        "</p>",
        "<table>",
        "<tr>",
        "<td>",
        "</td>",
        "<li>",
        "<ul>",
        "<pre>",
        "</pre>",
        "<a href="
      ],
      ...[
        "'",
        '"',
        "&",
        ";",
        "<!--",
        "-->",
        "<script>",
        "</script>",
        "<b>",
        "</b>",
        "text",
        " ",
        "\n",
        "\0",
        "<br/>",
        "</table>"
      ]
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        assert.notMatch(markdown(pieces.join("")), /\n{3}/)
      })
    )
  })
})

describe("pageText", () => {
  const bytes = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0))
  const at = "https://e.org/"

  it("decodes by the mark, by valid UTF-8, by the name given, else as Windows-1252", () => {
    const utf8 = new TextEncoder().encode("é")
    assert.strictEqual(pageText(utf8, "text/plain", at), "é")
    assert.strictEqual(pageText(utf8, "text/plain; charset=iso-8859-1", at), "é")
    assert.strictEqual(pageText(bytes("\xe9"), "text/plain; charset=utf-8", at), "\ufffd")
    assert.strictEqual(pageText(bytes("\xe9\x80"), "text/plain", at), "é€")
    assert.strictEqual(pageText(bytes("\x82\xa0"), 'text/plain; charset="shift_jis"', at), "あ")
    assert.strictEqual(pageText(bytes("\xe9"), "text/plain; charset=nonsense", at), "é")
    assert.strictEqual(pageText(bytes("\xff\xfeh\0i\0"), "text/plain", at), "hi")
    assert.strictEqual(pageText(bytes("h\0i\0"), "text/plain; charset=utf-16le", at), "hi")
    assert.strictEqual(pageText(bytes("\xef\xbb\xbfx"), "text/plain", at), "x")
    assert.strictEqual(pageText(bytes("<meta charset=koi8-r><p>\xf2"), "text/html", at), "Р")
    assert.strictEqual(
      pageText(bytes('<?xml version="1.0" encoding="koi8-r"?>\xf2'), "application/xml", at)?.at(-1),
      "Р"
    )
  })

  it("answers nothing for what is binary by its type or its bytes", () => {
    assert.isUndefined(pageText(bytes("x"), "image/png", at))
    assert.isUndefined(pageText(bytes("a\0b"), "text/plain", at))
    assert.isUndefined(pageText(bytes("a\0b"), "", at))
    assert.strictEqual(pageText(bytes("{}"), "application/vnd.api+json", at), "{}")
    assert.strictEqual(pageText(bytes("<!DOCTYPE html><p>x"), "", at), "x")
  })
})
