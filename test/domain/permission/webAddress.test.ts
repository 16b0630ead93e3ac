/** Addresses of pages: one strict reading, and everything private or odd refused. */
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as fc from "effect/FastCheck"
import { ipv6Of, ipv6Text, isPublicAddress } from "../../../src/domain/permission/addresses.ts"
import { addressText, hostOf, readAddress, redirectFrom } from "../../../src/domain/permission/webAddress.ts"

const read = (text: string): string => Either.match(readAddress(text), { onLeft: (why) => why, onRight: addressText })
const refused = (text: string) => Either.isLeft(readAddress(text))

describe("isPublicAddress", () => {
  it("holds for addresses of the open internet only", () => {
    const open = [
      ...["1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255"],
      ...["172.15.255.255", "172.32.0.0", "192.0.1.0", "192.167.255.255", "198.17.255.255", "198.20.0.0"],
      ...["223.255.255.255", "168.63.129.15", "2606:4700:4700::1111", "2001:4860:4860::8888", "2a00::1"]
    ]
    const closed = [
      ...["0.0.0.0", "0.255.255.255", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254"],
      ...["168.63.129.16", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1"],
      ...["192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1"],
      ...["255.255.255.255", "::", "::1", "::ffff:8.8.8.8", "::ffff:7f00:1", "64:ff9b::8.8.8.8", "2002:7f00:1::"],
      ...["2001::1", "2001:10::1", "2001:db8::1", "3fff::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1"],
      ...["ff02::1", "100::1", "5f00::1", "fe80::1%eth0", "", "localhost", "127.1", "1.2.3.4.5", "256.1.1.1"]
    ]
    assert.deepStrictEqual(
      open.filter((one) => !isPublicAddress(one)),
      []
    )
    assert.deepStrictEqual(closed.filter(isPublicAddress), [])
  })
})

describe("ipv6Of and ipv6Text", () => {
  it("give each address one spelling", () => {
    const spellings: ReadonlyArray<readonly [string, string | undefined]> = [
      ["2606:4700:0:0:0::1111", "2606:4700::1111"],
      ["2606:4700:0:0:0:0:0:0", "2606:4700::"],
      ["0:0:0:0:0:0:0:1", "::1"],
      ["2001:0db8:0:1:0:0:0:1", "2001:db8:0:1::1"],
      ["1:0:2:0:3:0:4:0", "1:0:2:0:3:0:4:0"],
      ["::ffff:1.2.3.4", "::ffff:102:304"],
      ["1:2:3:4:5:6:7", undefined],
      ["1:2:3:4:5:6:7:8:9", undefined],
      ["1::2::3", undefined],
      ["1:2:3:4::5:6:7:8", undefined],
      ["::1.2.3", undefined],
      ["::12345", undefined],
      ["g::", undefined],
      ["::g", undefined]
    ]
    for (const [text, expected] of spellings) {
      const groups = ipv6Of(text)
      assert.strictEqual(groups === undefined ? undefined : ipv6Text(groups), expected, text)
    }
  })
})

describe("readAddress", () => {
  it("answers one spelling of an address", () => {
    assert.strictEqual(read("HTTPS://Example.COM"), "https://example.com/")
    assert.strictEqual(read("https://example.com:443/a?b#c"), "https://example.com/a?b")
    assert.strictEqual(read("http://example.com:/"), "http://example.com/")
    assert.strictEqual(read("http://example.com:8080?q=ä b"), "http://example.com:8080/?q=%C3%A4%20b")
    assert.strictEqual(read('https://e.org/\\a|"\ud800x'), "https://e.org/%5Ca%7C%22%EF%BF%BDx")
    assert.strictEqual(read("http://93.184.216.34/"), "http://93.184.216.34/")
    assert.strictEqual(read("http://[2606:4700:0::1111]:81/"), "http://[2606:4700::1111]:81/")
    assert.strictEqual(read("https://xn--mnchen-3ya.de/"), "https://xn--mnchen-3ya.de/")
  })

  it("names the host with its port where that is not the scheme's own", () => {
    const host = (text: string) => Either.getOrThrow(Either.map(readAddress(text), hostOf))
    assert.strictEqual(host("https://example.com"), "example.com")
    assert.strictEqual(host("https://example.com:80"), "example.com:80")
  })

  it("refuses what is private, odd or not a page", () => {
    const private_ = [
      ...[
        "http://127.0.0.1/",
        "http://localhost/",
        "http://LOCALHOST:3000/",
        "http://a.localhost/",
        "http://10.0.0.1/"
      ],
      ...["http://[::ffff:127.0.0.1]/", "http://[::1]/", "http://169.254.169.254/latest/meta-data/", "http://router/"],
      ...["http://metadata.google.internal/", "http://printer.local/", "http://wiki.corp/", "http://0.0.0.0/"]
    ]
    const odd = [
      ...["http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/", "http://127.1/", "http://0x7f.1/"],
      ...[
        "http://134744072/",
        "http://example.0x/",
        "http://127.0.0.1./",
        "http://localhost./",
        "http://example.com./"
      ],
      ...["http://8.8.8.8.8/", "http://1.2.3.256/", "http://user@example.com/", "http://example.com:80@127.0.0.1/"],
      ...[
        "http://exаmple.com/",
        "http://①②⑦.⓪.⓪.①/",
        "http://example。com/",
        "http://127%2e0.0.1/",
        "http://exa mple.com/"
      ],
      ...[
        "http://example.com\\@127.0.0.1/",
        "http://[fe80::1%25eth0]/",
        "http://[1::2]x/",
        "http://::1/",
        "http://a..b/"
      ],
      ...["http://-a.com/", `http://${"a".repeat(64)}.com/`, `http://${"a.".repeat(130)}com/`, "http://example.com:0/"],
      ...["http://example.com:65536/", "http://example.com:x/", "http:///etc/passwd", "http://", "http://a.com/\u0000"],
      ...["http://a.com\n.b.com/", "https:example.com", "http:/example.com"]
    ]
    const others = [
      "file:///etc/passwd",
      "ftp://e.com/",
      "data:text/html,x",
      "javascript:1",
      "gopher://e.com/",
      "e.com"
    ]
    assert.deepStrictEqual(
      [...private_, ...odd, ...others].filter((text) => !refused(text)),
      []
    )
    assert.include(read("http://127.0.0.1/"), "an address of this machine")
    assert.include(read("http://localhost/"), "a name of this machine")
    assert.include(read("file:///etc/passwd"), "only http:// and https://")
    assert.include(read("http://exаmple.com/"), "xn--")
    assert.include(read("http://a:b@example.com/"), "user name")
  })

  it("agrees with the URL of browsers on every host that it accepts (property)", () => {
    const piece = fc.constantFrom(
      ...["a", "0", "1", "127", "0x7f", "0177", ".", ":", "@", "/", "\\", "?", "#", "[", "]", "::", "ffff", "%", "2e"],
      ...["-", "_", "x", "com", "example.com", "localhost", "。", "ⅷ", " ", "\t", "1.2.3.4", "80", "443", "é", "xn--"]
    )
    const text = fc
      .tuple(fc.constantFrom("http://", "https://", "HTTP:", "//"), fc.array(piece, { maxLength: 12 }))
      .map(([start, pieces]) => start + pieces.join(""))
    fc.assert(
      fc.property(text, (written) => {
        const address = readAddress(written)
        if (Either.isLeft(address)) return
        const { host, port } = address.right
        for (const spelling of [written, addressText(address.right)]) {
          // A label that claims to be punycode and is not: the stricter reader refuses it.
          if (/(?:^|\.)xn--/.test(host) && !URL.canParse(spelling)) continue
          const url = new URL(spelling)
          assert.strictEqual(url.hostname, host.includes(":") ? `[${host}]` : host, written)
          assert.strictEqual(Number(url.port === "" ? (url.protocol === "http:" ? 80 : 443) : url.port), port, written)
        }
      }),
      { numRuns: 3000 }
    )
  })
})

describe("redirectFrom", () => {
  const from = Either.getOrThrow(readAddress("https://example.com:8443/a/b?c"))
  const to = (location: string) =>
    Either.match(redirectFrom(from, location), { onLeft: (why) => `! ${why}`, onRight: addressText })

  it("resolves what a server answers as a browser would", () => {
    for (const location of [
      ...[
        "https://other.org/x",
        "//other.org/x",
        "/x",
        "x",
        "../x",
        "../../../x",
        "./x/",
        "..",
        ".",
        "?d",
        "#e",
        "x?y=/../"
      ],
      ...["/x/../y/.", "x/..", " /x ", "/a//b", "x#/../y", ""]
    ])
      assert.strictEqual(
        to(location).replace(/\?c$/, ""),
        new URL(location, addressText(from)).href.replace(/#.*$/, "").replace(/\?c$/, ""),
        location
      )
  })

  it("is as strict as any address", () => {
    for (const location of [
      "http://127.0.0.1/",
      "//localhost",
      "file:///etc/passwd",
      "http:x",
      "//a@b.com",
      "javascript:x"
    ])
      assert.include(to(location), "! ", location)
    assert.strictEqual(to("\\\\127.0.0.1"), "https://example.com:8443/a/%5C%5C127.0.0.1")
  })
})
