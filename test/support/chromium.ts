/** Runs a TypeScript module in a real browser: bundled by esbuild, served on loopback, opened in Chromium. */
import { existsSync } from "node:fs"
import { createServer, type Server } from "node:http"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { type Browser, chromium } from "playwright-core"

const candidates = [process.env.CODE_MESH_CHROMIUM ?? "", "/usr/bin/chromium", "/usr/bin/chromium-browser"]
const executable = candidates.find((path) => path !== "" && existsSync(path))

/** True where no Chromium is installed: tests that need one are then skipped, by name. */
export const chromiumMissing = executable === undefined

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-quic",
  "--no-first-run",
  "--disable-component-update",
  "--disable-sync"
]

/** A module as one browser script that puts its exports on `globalThis.page`. */
export const bundleForPage = async (entry: URL): Promise<string> => {
  const path = fileURLToPath(entry)
  const result = await build({
    stdin: {
      contents: `import * as page from ${JSON.stringify(path)}\nglobalThis.page = page`,
      resolveDir: fileURLToPath(new URL("../..", import.meta.url)),
      loader: "ts"
    },
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    write: false,
    logLevel: "silent"
  })
  return result.outputFiles[0]?.text ?? ""
}

const listen = (server: Server): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      resolve(typeof address === "object" && address !== null ? address.port : 0)
    })
  })

const serve = async (script: string): Promise<{ readonly origin: string; readonly close: () => void }> => {
  const server = createServer((request, response) => {
    const isScript = request.url === "/main.js"
    response.setHeader("content-type", isScript ? "text/javascript; charset=utf-8" : "text/html; charset=utf-8")
    response.end(isScript ? script : `<!doctype html><title>test</title><script type="module" src="/main.js"></script>`)
  })
  const port = await listen(server)
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () => {
      server.close()
      server.closeAllConnections()
    }
  }
}

/** A module open in a page: call its exports, reload it as a person would, or open it once more in a second tab. */
export interface OpenPage {
  /** Calls an exported function in the page with JSON arguments; its JSON result, or its error thrown here. */
  readonly call: (name: string, ...args: ReadonlyArray<unknown>) => Promise<unknown>
  readonly reload: () => Promise<void>
  readonly tab: () => Promise<OpenPage>
  /** Closes this tab alone, without any goodbye to the code in it. */
  readonly closeTab: () => Promise<void>
}

interface Exports {
  readonly page?: Record<string, (...args: ReadonlyArray<unknown>) => unknown>
}

const openTab = async (context: Awaited<ReturnType<Browser["newContext"]>>, origin: string): Promise<OpenPage> => {
  const tab = await context.newPage()
  const errors: Array<string> = []
  tab.on("pageerror", (error) => errors.push(String(error)))
  const ready = async () => {
    try {
      await tab.waitForFunction(() => (globalThis as Exports).page !== undefined, undefined, { timeout: 20_000 })
    } catch (error) {
      throw new Error(`the module did not load in the page: ${errors.join("; ") || String(error)}`)
    }
  }
  await tab.goto(origin)
  await ready()
  return {
    call: (name, ...args) =>
      tab.evaluate(
        ([fn, list]) => {
          const found = (globalThis as Exports).page?.[fn]
          if (found === undefined) throw new Error(`the module exports no ${fn}`)
          return found(...list)
        },
        [name, args] as const
      ),
    reload: async () => {
      await tab.reload()
      await ready()
    },
    tab: () => openTab(context, origin),
    closeTab: () => tab.close()
  }
}

/** Opens a module in a fresh browser profile, and closes all of it afterwards. */
export const withPage = async <A>(entry: URL, use: (page: OpenPage) => Promise<A>): Promise<A> => {
  if (executable === undefined) throw new Error("Chromium is not installed")
  const served = await serve(await bundleForPage(entry))
  let browser: Browser | undefined
  try {
    browser = await chromium.launch({ executablePath: executable, args: flags })
    return await use(await openTab(await browser.newContext(), served.origin))
  } finally {
    await browser?.close()
    served.close()
  }
}

/** Calls one exported function (default `run`) of a module in a fresh page, and answers its JSON result. */
export const runInChromium = (
  entry: URL,
  options: { readonly name?: string; readonly args?: ReadonlyArray<unknown> } = {}
): Promise<unknown> => withPage(entry, (page) => page.call(options.name ?? "run", ...(options.args ?? [])))
