/** The checks that a project has, told from the names of its files and from a few of their texts; nothing of it is run. */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

/** What a check shows. */
export type CheckKind = "tests" | "types" | "linter" | "build" | "all"

/** A command that a project is checked with, and what says so. */
export interface FoundCheck {
  readonly kind: CheckKind
  readonly command: string
  readonly from: string
}

/** What the settings say in `[tools]`: it stands for all that would be found of its kind. */
export interface NamedTools {
  readonly test_runner?: string | undefined
  readonly linter?: string | undefined
  readonly package_manager?: string | undefined
}

/** A project's root: the names in it, and the texts of those files that are read. */
export interface ProjectFiles {
  readonly names: ReadonlySet<string>
  readonly texts: ReadonlyMap<string, string>
}

/** The files whose text is looked at. */
export const readForChecks: ReadonlyArray<string> = [
  ...["package.json", "deno.json", "pyproject.toml", "setup.cfg", "tox.ini", "composer.json", "Gemfile", "mix.exs"],
  ...["Makefile", "justfile"]
]

const Scripts = Schema.Record({ key: Schema.String, value: Schema.Unknown })
const Manifest = Schema.parseJson(
  Schema.Struct({
    scripts: Schema.optional(Scripts),
    tasks: Schema.optional(Scripts),
    packageManager: Schema.optional(Schema.Unknown)
  })
)

const manifestOf = ({ texts }: ProjectFiles, name: string): typeof Manifest.Type =>
  Option.getOrElse(Schema.decodeUnknownOption(Manifest)(texts.get(name)), () => ({}))

/** Names of scripts and targets that say what they check; only these are ever part of a command. */
const names: Readonly<Record<CheckKind, ReadonlyArray<string>>> = {
  tests: ["test", "tests"],
  types: ["typecheck", "type-check", "check-types", "check:types", "types"],
  linter: ["lint", "lint:check"],
  build: ["build"],
  all: ["check", "verify", "ci"]
}
const kinds: ReadonlyArray<CheckKind> = ["tests", "types", "linter", "build", "all"]

/** The first name of each kind that is there, as a command. */
const among = (
  has: (name: string) => boolean,
  command: (name: string) => string,
  from: string
): ReadonlyArray<FoundCheck> =>
  kinds.flatMap((kind) => {
    const name = names[kind].find(has)
    return name === undefined ? [] : [{ kind, command: command(name), from }]
  })

const lockfiles: ReadonlyArray<readonly [string, string]> = [
  ["pnpm-lock.yaml", "pnpm"],
  ["yarn.lock", "yarn"],
  ["bun.lock", "bun"],
  ["bun.lockb", "bun"],
  ["package-lock.json", "npm"]
]

/** The program that runs a project's scripts: as the settings say, as it says itself, by its lock file. */
const managerOf = (files: ProjectFiles, tools: NamedTools): string => {
  if (tools.package_manager !== undefined) return tools.package_manager
  const said = /^(npm|pnpm|yarn|bun)@/.exec(String(manifestOf(files, "package.json").packageManager))?.[1]
  return said ?? lockfiles.find(([name]) => files.names.has(name))?.[1] ?? "npm"
}

/** What `npm init` writes where there are no tests. */
const isReal = (script: unknown): boolean => typeof script === "string" && !script.includes("no test specified")

const fromScripts = (files: ProjectFiles, tools: NamedTools): ReadonlyArray<FoundCheck> => {
  const { scripts = {} } = manifestOf(files, "package.json")
  const manager = managerOf(files, tools)
  return among(
    (name) => Object.hasOwn(scripts, name) && isReal(scripts[name]),
    (name) => (name === "test" && manager !== "bun" ? `${manager} test` : `${manager} run ${name}`),
    "package.json"
  )
}

const fromDeno = (files: ProjectFiles): ReadonlyArray<FoundCheck> => {
  const config = ["deno.json", "deno.jsonc"].find((name) => files.names.has(name))
  if (config === undefined) return []
  const { tasks = {} } = manifestOf(files, config)
  const usual: ReadonlyArray<FoundCheck> = [
    { kind: "tests", command: "deno test", from: config },
    { kind: "types", command: "deno check .", from: config },
    { kind: "linter", command: "deno lint", from: config }
  ]
  const own = among(
    (name) => Object.hasOwn(tasks, name),
    (name) => `deno task ${name}`,
    config
  )
  return [...own, ...usual.filter(({ kind }) => !own.some((it) => it.kind === kind))]
}

/** A tool of a language that needs no script: known by one of these files, or by a line in one of them. */
interface Sign extends Omit<FoundCheck, "from"> {
  readonly files: ReadonlyArray<string>
  /** What the file's text must have. */
  readonly text?: RegExp
}

const python = ["pyproject.toml", "setup.cfg", "tox.ini"]

const signs: ReadonlyArray<Sign> = [
  { kind: "types", command: "npx tsc --noEmit", files: ["tsconfig.json"] },
  { kind: "tests", command: "npx vitest run", files: ["vitest.config.ts", "vitest.config.js", "vitest.config.mjs"] },
  { kind: "tests", command: "npx jest", files: ["jest.config.js", "jest.config.ts", "jest.config.mjs"] },
  { kind: "tests", command: "npx mocha", files: [".mocharc.json", ".mocharc.yml", ".mocharc.cjs", ".mocharc.js"] },
  { kind: "linter", command: "npx biome check", files: ["biome.json", "biome.jsonc"] },
  { kind: "linter", command: "npx eslint .", files: ["eslint.config.js", "eslint.config.mjs", ".eslintrc.json"] },
  { kind: "tests", command: "pytest", files: ["pytest.ini", "conftest.py"] },
  { kind: "tests", command: "pytest", files: python, text: /pytest/ },
  { kind: "linter", command: "ruff check .", files: ["ruff.toml", ".ruff.toml"] },
  { kind: "linter", command: "ruff check .", files: python, text: /\bruff\b/ },
  { kind: "types", command: "mypy .", files: ["mypy.ini", ".mypy.ini"] },
  { kind: "types", command: "mypy .", files: python, text: /\bmypy\b/ },
  { kind: "tests", command: "cargo test", files: ["Cargo.toml"] },
  { kind: "types", command: "cargo check", files: ["Cargo.toml"] },
  { kind: "tests", command: "go test ./...", files: ["go.mod"] },
  { kind: "linter", command: "go vet ./...", files: ["go.mod"] },
  { kind: "build", command: "go build ./...", files: ["go.mod"] },
  { kind: "tests", command: "composer test", files: ["composer.json"], text: /"test"\s*:/ },
  { kind: "tests", command: "vendor/bin/phpunit", files: ["phpunit.xml", "phpunit.xml.dist"] },
  { kind: "tests", command: "bundle exec rspec", files: [".rspec"] },
  { kind: "tests", command: "bundle exec rake test", files: ["Rakefile"] },
  { kind: "linter", command: "bundle exec rubocop", files: [".rubocop.yml"] },
  { kind: "tests", command: "mix test", files: ["mix.exs"] },
  { kind: "linter", command: "mix credo", files: ["mix.exs"], text: /:credo\b/ },
  { kind: "tests", command: "./gradlew test", files: ["gradlew"] },
  { kind: "tests", command: "gradle test", files: ["build.gradle", "build.gradle.kts"] },
  { kind: "tests", command: "./mvnw test", files: ["mvnw"] },
  { kind: "tests", command: "mvn test", files: ["pom.xml"] }
]

const fromSigns = ({ names: there, texts }: ProjectFiles): ReadonlyArray<FoundCheck> =>
  signs.flatMap(({ command, files, kind, text }) => {
    const from = files.find((name) => there.has(name) && (text === undefined || text.test(texts.get(name) ?? "")))
    return from === undefined ? [] : [{ kind, command, from }]
  })

/** Targets and recipes at the beginning of a line. */
const targetsOf = (text: string): ReadonlySet<string> =>
  new Set([...text.matchAll(/^([a-z][a-z:-]*)[^\S\n]*:(?!=)/gm)].map(([, name = ""]) => name))

const fromTargets = ({ texts }: ProjectFiles, file: string, program: string): ReadonlyArray<FoundCheck> => {
  const targets = targetsOf(texts.get(file) ?? "")
  return among(
    (name) => targets.has(name),
    (name) => `${program} ${name}`,
    file
  )
}

const fromSettings = ({ linter, test_runner: runner }: NamedTools): ReadonlyArray<FoundCheck> => [
  ...(runner === undefined ? [] : [{ kind: "tests" as const, command: runner, from: "tools.test_runner" }]),
  ...(linter === undefined ? [] : [{ kind: "linter" as const, command: linter, from: "tools.linter" }])
]

/** Languages and build tools by their programs: what a project's own script says stands for the same program's usual one. */
const ecosystem = (command: string): string =>
  /^(npx|npm|pnpm|yarn|bun) /.test(command) ? "js" : command.replace(/ .*/s, "")

/**
 * A project's checks: what the settings name stands for all of its kind; a project's scripts stand for the tools that they
 * most likely run; a command is told once.
 */
export const foundChecks = (files: ProjectFiles, tools: NamedTools = {}): ReadonlyArray<FoundCheck> => {
  const named = fromSettings(tools)
  const scripts = [...fromScripts(files, tools), ...fromDeno(files)]
  const stands = (it: FoundCheck): boolean =>
    scripts.some(({ command, kind }) => kind === it.kind && ecosystem(command) === ecosystem(it.command))
  const usual = fromSigns(files).filter((it) => !stands(it))
  const all = [
    ...scripts,
    ...usual,
    ...fromTargets(files, "Makefile", "make"),
    ...fromTargets(files, "justfile", "just")
  ]
  const told = new Set<string>()
  return [...named, ...all.filter(({ kind }) => !named.some((it) => it.kind === kind))].filter(({ command }) => {
    const first = !told.has(command)
    told.add(command)
    return first
  })
}

/** The checks in lines, for a model or a person. */
export const checkLines = (checks: ReadonlyArray<FoundCheck>): ReadonlyArray<string> =>
  checks.map(({ command, from, kind }) => `${command} (${kind}, by ${from})`)
