// Every file of src starts with a comment that says what it is for, and every exported declaration has a sentence.
import { readFileSync } from "node:fs"
import ts from "typescript"
import { at, walk } from "./project.mjs"

const files = walk("src", (path) => path.endsWith(".ts") && !path.endsWith(".d.ts"))
const faults = []

const isExported = (node) => node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true

const namesOf = (node) =>
  ts.isVariableStatement(node)
    ? node.declarationList.declarations.map(({ name }) => name.getText())
    : [node.name?.getText() ?? "default"]

/** The text of the doc comment that stands directly before a declaration. */
const docOf = (node, source) => {
  const ranges = ts.getLeadingCommentRanges(source.text, node.getFullStart()) ?? []
  const last = ranges.at(-1)
  const text = last === undefined ? "" : source.text.slice(last.pos, last.end)
  if (!text.startsWith("/**")) return ""
  return text
    .replace(/^\/\*\*|\*\/$/g, "")
    .replace(/^\s*\* ?/gm, "")
    .trim()
}

const isSentence = (text) => text.length >= 8 && /[.!?:`)]\s*$/m.test(text)

for (const file of files) {
  const source = ts.createSourceFile(file, readFileSync(at(file), "utf8"), ts.ScriptTarget.Latest, true)
  if (!/^(#!.*\n)?\s*\/[/*]/.test(source.text))
    faults.push(`${file}:1 does not start with a comment that says what it is for`)
  const told = new Set()
  for (const node of source.statements) {
    if (!isExported(node)) continue
    const { line } = source.getLineAndCharacterOfPosition(node.getStart())
    const names = namesOf(node)
    // The first signature of an overloaded function speaks for all.
    if (ts.isFunctionDeclaration(node) && names.every((name) => told.has(name))) continue
    if (isSentence(docOf(node, source))) for (const name of names) told.add(name)
    else faults.push(`${file}:${line + 1} ${names.join(", ")} has no doc comment with a sentence`)
  }
}

if (faults.length > 0) {
  console.error(faults.join("\n"))
  console.error(`${faults.length} exports or files without a sentence.`)
  process.exit(1)
}
console.log(`${files.length} files: every export has a sentence.`)
