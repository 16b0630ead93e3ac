/** A shell line as its grammar reads it: what runs, in which order, with which words. Nothing in it is resolved yet. */

/** What a word is made of, in order. */
export type WordPart =
  /** Text as the command gets it; `quoted` where nothing in it is expanded further. */
  | { readonly kind: "text"; readonly text: string; readonly quoted: boolean }
  /** `*`, `?`, `[…]` or `@(…)`, which the shell replaces by names of files. */
  | { readonly kind: "glob"; readonly text: string; readonly inside: ReadonlyArray<WordPart> }
  /** `{a,b}` or `{1..3}`: several words from one. */
  | { readonly kind: "brace"; readonly text: string; readonly inside: ReadonlyArray<WordPart> }
  /** `$NAME` or `${NAME…}`; `bare` where nothing is done to its value; `inside` is all that its operation expands. */
  | {
      readonly kind: "variable"
      readonly name: string
      readonly bare: boolean
      readonly quoted: boolean
      readonly inside: ReadonlyArray<WordPart>
    }
  /** `$(…)`, backticks, `<(…)`, `>(…)`; without a script where it could not be read. */
  | { readonly kind: "script"; readonly script: ShellScript | undefined; readonly process: boolean }
  /** `$((…))`: a number, and what is expanded to come to it. */
  | { readonly kind: "number"; readonly inside: ReadonlyArray<WordPart> }

/** One word. */
export interface Word {
  /** As it was written. */
  readonly source: string
  readonly parts: ReadonlyArray<WordPart>
}

/** `NAME=value`, `NAME+=value`, `NAME[i]=value`, `NAME=(…)`. */
export interface Assigned {
  readonly name: string
  /** The whole value where it is one word and nothing else. */
  readonly value: Word | undefined
  /** Everything that is expanded on the way. */
  readonly words: ReadonlyArray<Word>
}

/** Where a command's input comes from or its output goes. */
export type Redirection =
  | { readonly kind: "file"; readonly operator: string; readonly target: Word | undefined }
  /** A here-document or here-string: text for the command's input. */
  | { readonly kind: "text"; readonly body: Word | undefined }

/** A program and its words. */
export interface SimpleNode {
  readonly kind: "simple"
  readonly assigned: ReadonlyArray<Assigned>
  readonly words: ReadonlyArray<Word>
  readonly redirections: ReadonlyArray<Redirection>
}

/** Anything that runs. */
export type ShellNode =
  | SimpleNode
  /** `a | b | c`: each in a shell of its own, fed by the one before. */
  | { readonly kind: "pipeline"; readonly stages: ReadonlyArray<ShellNode> }
  /** `a && b || c`: each after the first runs as the one before it ended. */
  | { readonly kind: "chain"; readonly first: ShellNode; readonly rest: ReadonlyArray<ChainStep> }
  /**
   * Several things, in order: a group, a loop, a choice. `words` are expanded on the way (a loop's list, a case's
   * patterns, a test's operands), `variables` are set by it; `apart` where it runs in a shell of its own; `surely` where
   * all of it runs, once.
   */
  | {
      readonly kind: "block"
      readonly body: ReadonlyArray<ShellNode>
      readonly words: ReadonlyArray<Word>
      readonly variables: ReadonlyArray<string>
      readonly redirections: ReadonlyArray<Redirection>
      readonly apart: boolean
      readonly surely: boolean
    }
  | { readonly kind: "function"; readonly name: string; readonly body: ReadonlyArray<ShellNode> }

/** What follows in a chain, and when it runs. */
export interface ChainStep {
  readonly when: "success" | "failure"
  readonly node: ShellNode
}

/** A whole line, or the inside of a substitution. */
export interface ShellScript {
  readonly body: ReadonlyArray<ShellNode>
  /** What in it is no shell, where it could not be read whole. */
  readonly fault?: SyntaxFault
}

/** Where a line stops being one, counted in UTF-16 units. */
export interface SyntaxFault {
  readonly reason: string
  readonly at: number
}

/** Reads a line. Never throws; what it can't read it says. */
export type Grammar = (line: string) => ShellScript
