/**
 * The relay inside a sandbox: it hands connections to a port of the sandbox's own loopback on to the proxy outside, over the
 * one stream that the sandbox was started with. It decides nothing: who takes its place gets no further than the proxy.
 */

/** Where the proxy is found inside. Each sandbox has a loopback of its own, so that nobody else has the port. */
const port = 3128

/** The descriptor of the stream. */
export const relayDescriptor = 6

/** Run by Node: sockets come and go as streams of HTTP/2, which keeps them apart and holds each one back by itself. */
export const relayProgram = `
const net = require("net")
const session = require("http2").connect("http://proxy", {
  createConnection: () => new net.Socket({ fd: ${relayDescriptor}, readable: true, writable: true })
})
const end = () => process.exit()
session.on("close", end).on("error", end)
net.createServer({ allowHalfOpen: true }, (socket) => {
  const stream = session.request({ ":method": "CONNECT", ":authority": "proxy" })
  socket.on("error", () => stream.destroy())
  stream.on("error", () => socket.destroy())
  socket.pipe(stream).pipe(socket)
}).on("error", end).listen(${port}, "127.0.0.1", () => console.log("ready"))
`

/** A shell script's part: starts the relay (`$1` is Node, `$2` the program) and goes on when it listens. */
export const relayStart = `p=/tmp/.relay.$$; mkfifo "$p" && { "$1" -e "$2" >"$p" 2>/dev/null & }
read -r ready <"$p" || echo "The way to the network did not come up." >&2
rm -f "$p"; shift 2; exec ${relayDescriptor}<&-; `

const loopback = /^(?:localhost|127\.|\[::1\])/i

/** What tells programs of the proxy. Its own loopback a command reaches itself, unless the host's is listed. */
export const proxyEnvironment = (list: ReadonlyArray<string>): Record<string, string> => {
  const proxy = `http://127.0.0.1:${port}`
  const direct = list.some((host) => loopback.test(host)) ? "" : "localhost,127.0.0.1,::1"
  const names = { http_proxy: proxy, https_proxy: proxy, all_proxy: proxy, no_proxy: direct }
  const upper = Object.fromEntries(Object.entries(names).map(([name, value]) => [name.toUpperCase(), value]))
  return { ...names, ...upper, NODE_USE_ENV_PROXY: "1" }
}
