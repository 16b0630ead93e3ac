/** unbash's tree as ours: every word that the shell expands and everything that it runs stays in. */
import type * as Bash from "unbash"
import type {
  Assigned,
  Redirection,
  ShellNode,
  ShellScript,
  SyntaxFault,
  Word,
  WordPart
} from "../../domain/model/ShellSyntax.ts"

const scriptPart = (script: Bash.ParsedScript | undefined, process: boolean): WordPart => ({
  kind: "script",
  script: script === undefined ? undefined : scriptOf(script),
  process
})

/** Everything that an expression expands. */
const arithmetic = (it: Bash.ArithmeticExpression | undefined): ReadonlyArray<WordPart> => {
  switch (it?.type) {
    case undefined:
      return []
    case "ArithmeticBinary":
      return [...arithmetic(it.left), ...arithmetic(it.right)]
    case "ArithmeticUnary":
      return arithmetic(it.operand)
    case "ArithmeticTernary":
      return [...arithmetic(it.test), ...arithmetic(it.consequent), ...arithmetic(it.alternate)]
    case "ArithmeticGroup":
      return arithmetic(it.expression)
    case "ArithmeticWord":
      return (it.parts ?? []).flatMap((part) => partsOf(part, true))
    case "ArithmeticCommandExpansion":
      return [scriptPart(it.script, false)]
  }
}

const operands = (operation: Bash.ParameterOperation | undefined): ReadonlyArray<Bash.Word | undefined> => {
  switch (operation?.type) {
    case "Default":
    case "Remove":
    case "CaseModification":
    case "Transform":
      return [operation.operand]
    case "Replace":
      return [operation.pattern, operation.replacement]
    case "Slice":
      return [operation.offset, operation.length]
    default:
      return []
  }
}

const parameter = (it: Bash.ParameterExpansionPart, quoted: boolean): WordPart => ({
  kind: "variable",
  name: it.parameter,
  bare: it.prefix === undefined && it.index === undefined && it.operation === undefined,
  quoted,
  inside: [it.index, ...operands(it.operation)].flatMap((word) => (word === undefined ? [] : wordOf(word).parts))
})

/** `~` and `~name` at a word's start keep their meaning when something behind them is quoted. */
const literal = (text: string, value: string): ReadonlyArray<WordPart> => {
  if (text === value) return [{ kind: "text", text: value, quoted: false }]
  const tilde = /^~[^\\/]*(?=\/)/.exec(text)?.[0] ?? ""
  const rest: WordPart = { kind: "text", text: value.slice(tilde.length), quoted: true }
  return tilde === "" ? [rest] : [{ kind: "text", text: tilde, quoted: false }, rest]
}

const quotedText = (text: string): ReadonlyArray<WordPart> => [{ kind: "text", text, quoted: true }]

/** Double quotes hold at least an empty text: a word is there. */
const inQuotes = (parts: ReadonlyArray<Bash.WordPart>): ReadonlyArray<WordPart> => [
  ...quotedText(""),
  ...parts.flatMap((part) => partsOf(part, true))
]

const inside = (parts: ReadonlyArray<Bash.WordPart> | undefined): ReadonlyArray<WordPart> =>
  (parts ?? []).flatMap((part) => partsOf(part, false))

const partsOf = (it: Bash.WordPart, quoted: boolean): ReadonlyArray<WordPart> => {
  switch (it.type) {
    case "Literal":
      return quoted ? quotedText(it.value) : literal(it.text, it.value)
    case "SingleQuoted":
    case "AnsiCQuoted":
      return quotedText(it.value)
    case "DoubleQuoted":
    case "LocaleString":
      return inQuotes(it.parts)
    case "Glob":
    case "ExtendedGlob":
      return [{ kind: "glob", text: it.text, inside: inside(it.parts) }]
    case "BraceExpansion":
      return [{ kind: "brace", text: it.text, inside: inside(it.parts) }]
    case "SimpleExpansion":
      return [{ kind: "variable", name: it.text.slice(1), bare: true, quoted, inside: [] }]
    case "ParameterExpansion":
      return [parameter(it, quoted)]
    case "CommandExpansion":
      return [scriptPart(it.script, false)]
    case "ProcessSubstitution":
      return [scriptPart(it.script, true)]
    case "ArithmeticExpansion":
      return [{ kind: "number", inside: arithmetic(it.expression) }]
  }
}

const wordOf = (it: Bash.Word): Word => ({
  source: it.text,
  parts: it.parts === undefined ? literal(it.text, it.value) : it.parts.flatMap((part) => partsOf(part, false))
})

const arrayOrWord = (value: Bash.Word | Bash.ArrayValue): ReadonlyArray<Bash.Word> =>
  value.type === "ArrayValue" ? value.elements : [value]

const assignedOf = (it: Bash.Assignment): Assigned => ({
  name: it.name,
  value: it.value.type === "Word" && it.index === undefined && it.append === undefined ? wordOf(it.value) : undefined,
  words: [...(it.index === undefined ? [] : [it.index]), ...arrayOrWord(it.value)].map(wordOf)
})

/** `export A=b`: a word to the program that it stands behind. */
const assignedWord = (it: Bash.Assignment): Word => ({
  source: it.text,
  parts: [
    { kind: "text", text: `${it.name}=`, quoted: false },
    ...[it.index, ...arrayOrWord(it.value)].flatMap((word) => (word === undefined ? [] : wordOf(word).parts))
  ]
})

const redirectionOf = (it: Bash.Redirection): Redirection => {
  switch (it.type) {
    case "Redirect":
      return {
        kind: "file",
        operator: it.operator,
        target: it.target === undefined ? undefined : wordOf(it.target)
      }
    case "HereString":
      return { kind: "text", body: it.target === undefined ? undefined : wordOf(it.target) }
    case "HereDoc":
      return {
        kind: "text",
        body: {
          source: it.body.text,
          parts:
            it.body.parts === undefined
              ? quotedText(it.body.text)
              : it.body.parts.flatMap((part) => partsOf(part, true))
        }
      }
  }
}

const simpleOf = (it: Bash.Command): ShellNode => {
  const assigned: Array<Assigned> = []
  const words: Array<Word> = it.name === undefined ? [] : [wordOf(it.name)]
  const redirections: Array<Redirection> = []
  for (const one of it.prefix)
    if (one.type === "Assignment") assigned.push(assignedOf(one))
    else redirections.push(redirectionOf(one))
  for (const one of it.suffix)
    if (one.type === "Word") words.push(wordOf(one))
    else if (one.type === "Assignment") words.push(assignedWord(one))
    else redirections.push(redirectionOf(one))
  return { kind: "simple", assigned, words, redirections }
}

interface Block {
  readonly words?: ReadonlyArray<Word>
  readonly variables?: ReadonlyArray<string>
  readonly apart?: boolean
  readonly surely?: boolean
}

const block = (
  body: ReadonlyArray<ShellNode>,
  { words = [], variables = [], apart = false, surely = false }: Block = {}
): ShellNode => ({ kind: "block", body, words, variables, redirections: [], apart, surely })

const listOf = (it: Bash.CompoundList): ReadonlyArray<ShellNode> => it.commands.map(statementOf)

const expressionWord = (parts: ReadonlyArray<WordPart>): Word => ({ source: "", parts })

const testWords = (it: Bash.TestExpression): ReadonlyArray<Word> => {
  switch (it.type) {
    case "TestUnary":
      return [wordOf(it.operand)]
    case "TestBinary":
      return [wordOf(it.left), wordOf(it.right)]
    case "TestLogical":
      return it.operands.flatMap(testWords)
    case "TestNot":
      return testWords(it.operand)
    case "TestGroup":
      return testWords(it.expression)
  }
}

const compoundOf = (it: Bash.CompoundCommand): ShellNode => {
  switch (it.type) {
    case "BraceGroup":
      return block(listOf(it.body), { surely: true })
    case "Subshell":
      return block(listOf(it.body), { apart: true, surely: true })
    case "If":
      return block([
        ...listOf(it.clause),
        ...listOf(it.then),
        ...it.elif.flatMap((one) => [...listOf(one.clause), ...listOf(one.then)]),
        ...(it.else === undefined ? [] : listOf(it.else))
      ])
    case "While":
      return block([...listOf(it.clause), ...listOf(it.body)])
    case "For":
    case "Select":
      return block(listOf(it.body), { words: (it.wordlist ?? []).map(wordOf), variables: [it.name.value] })
    case "ArithmeticFor":
      return block(listOf(it.body), {
        words: [it.initialize, it.test, it.update].map((one) => expressionWord(arithmetic(one)))
      })
    case "Case":
      return block(
        it.items.flatMap((item) => listOf(item.body)),
        { words: [it.word, ...it.items.flatMap((item) => item.pattern)].map(wordOf) }
      )
    case "TestCommand":
      return block([], { words: testWords(it.expression) })
    case "ArithmeticCommand":
      return block([], { words: [expressionWord(arithmetic(it.expression))] })
  }
}

const anyOf = (it: Bash.CommandNode | Bash.CompoundList): ShellNode => {
  switch (it.type) {
    case "Command":
      return simpleOf(it)
    case "Redirected": {
      const inner = compoundOf(it.command)
      return inner.kind === "block" ? { ...inner, redirections: it.redirects.map(redirectionOf) } : inner
    }
    case "Function":
      return { kind: "function", name: it.name.value, body: [anyOf(it.body)] }
    case "Coproc":
      return block([anyOf(it.body)], { apart: true, variables: [it.name?.value ?? "COPROC"] })
    case "CompoundList":
      return block(listOf(it))
    default:
      return compoundOf(it)
  }
}

const pipelineOf = (it: Bash.PipelineNode): ShellNode => {
  if (it.type !== "Pipeline") return anyOf(it)
  const stages = it.commands.map(anyOf)
  const [only, ...more] = stages
  return only !== undefined && more.length === 0 ? only : { kind: "pipeline", stages }
}

const chainOf = ({ commands, operators }: Bash.AndOr): ShellNode => {
  const [first = block([]), ...rest] = commands.map(pipelineOf)
  return {
    kind: "chain",
    first,
    rest: rest.map((node, at) => ({ when: operators[at] === "&&" ? "success" : "failure", node }))
  }
}

const statementOf = ({ background, command }: Bash.Statement): ShellNode => {
  const inner = command.type === "AndOr" ? chainOf(command) : pipelineOf(command)
  return background === true ? block([inner], { apart: true, surely: true }) : inner
}

/** A script with its first fault, those inside of substitutions among them where they were read with it. */
export const scriptOf = (it: Bash.ParsedScript): ShellScript => {
  const [first] = it.errors ?? []
  const fault: SyntaxFault | undefined = first === undefined ? undefined : { reason: first.message, at: first.pos }
  const body = it.commands.map(statementOf)
  return fault === undefined ? { body } : { body, fault }
}
