// How many bytes a web page loads: the browser entry bundled as an application would, with and without the SDKs.
// Fails over the hard limit of 3.2 MB; the 120 KB of the core are a goal that is reported.
import { existsSync } from "node:fs"
import { gzipSync } from "node:zlib"
import { rolldown } from "rolldown"
import { at, kilobytes } from "./project.mjs"

const entry = "src/programs/browser.ts"
const sdks = [/^@anthropic-ai\/sdk/, /^openai(\/|$)/, /^@google\/genai/, /^gpt-tokenizer/]

const measure = async (external) => {
  const bundle = await rolldown({
    input: at(entry),
    platform: "browser",
    external,
    tsconfig: false,
    // Of the library only what a page uses is kept; a page uses the facade.
    treeshake: { moduleSideEffects: false },
    onLog: () => {}
  })
  try {
    const { output } = await bundle.generate({ format: "esm", minify: true, comments: false })
    const chunks = output.filter((file) => file.type === "chunk")
    const codes = chunks.map((chunk) => Buffer.from(chunk.code))
    const start = new Set()
    const visit = (name) => {
      const chunk = chunks.find((it) => it.fileName === name)
      if (chunk === undefined || start.has(chunk)) return
      start.add(chunk)
      chunk.imports.forEach(visit)
    }
    chunks
      .filter((chunk) => chunk.isEntry)
      .forEach((chunk) => {
        visit(chunk.fileName)
      })
    const sum = (list, size) => list.reduce((total, it) => total + size(it), 0)
    const gzip = (code) => gzipSync(code, { level: 9 }).length
    return {
      bytes: sum(codes, (code) => code.length),
      gzip: sum(codes, gzip),
      first: sum([...start], (chunk) => gzip(Buffer.from(chunk.code)))
    }
  } finally {
    await bundle.close()
  }
}

if (!existsSync(at(entry))) {
  console.log(`${entry} does not exist; nothing was measured.`)
  process.exit(0)
}
const core = await measure(sdks)
const whole = await measure([])
const say = (name, { bytes, gzip, first }, limit) =>
  console.log(`browser ${name}: ${kilobytes(bytes)}, ${kilobytes(gzip)} gzip (${kilobytes(first)} at start; ${limit})`)
say("core", core, "goal 120 KB gzip without SDKs")
say("whole", whole, "limit 3.2 MB")
if (whole.bytes >= 3.2 * 1024 * 1024) process.exit(1)
